using System.Numerics;
using RemoteLog.Protocol;

namespace RemoteLog.Bee.Emulator.Http;

/// <summary>/stamps: the batches that this node can issue from, and /batches: those of the chain.</summary>
internal sealed class StampEndpoints(BeeNode node)
{
    private const int MinDepth = 17;

    /// <summary>All that the node can pay with, in PLUR.</summary>
    private static readonly BigInteger Funds = BigInteger.Pow(10, 18);

    private int onChain;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/stamps", () => Answer.Json(new { stamps = node.Issuers.Select(Describe) }));
        routes.MapGet("/stamps/{id}", context => RunAsync(context, Get));
        routes.MapGet("/stamps/{id}/buckets", context => RunAsync(context, GetBuckets));
        routes.MapGet("/batches", () => Answer.Json(new { batches = node.Network.Batches.Select(DescribeOnChain) }));
        routes.MapGet("/batches/{id}", context => RunAsync(context, GetOnChain));
        routes.MapPost("/stamps/{amount}/{depth}", context => OnChainAsync(context, Buy));
        routes.MapPatch("/stamps/topup/{id}/{amount}", context => OnChainAsync(context, TopUp));
        routes.MapPatch("/stamps/dilute/{id}/{depth}", context => OnChainAsync(context, Dilute));
    }

    private IResult Get(HttpRequest request) => Answer.Json(Describe(Issuer(request)));

    private IResult GetBuckets(HttpRequest request)
    {
        var batch = Issuer(request);
        return Answer.Json(new
        {
            depth = batch.Depth,
            bucketDepth = PostageBatch.BucketDepth,
            bucketUpperBound = batch.SlotsPerBucket,
            buckets = batch.Collisions().Select((collisions, bucketID) => new { bucketID, collisions }),
        });
    }

    private IResult GetOnChain(HttpRequest request) =>
        node.Network.FindBatch(IdOf(request)) is { } batch ? Answer.Json(DescribeOnChain(batch)) : throw new BeeAnswerException(StatusCodes.Status404NotFound);

    private IResult Buy(HttpRequest request)
    {
        var path = Parameters.OfPath(request);
        var (amount, depth) = (path.Number("amount", 1, long.MaxValue), path.Number("depth", 0, byte.MaxValue));
        path.Check();
        var headers = Parameters.OfHeaders(request);
        var isImmutable = headers.Flag("immutable") ?? true;
        headers.Check();

        if (depth < MinDepth) throw new BeeAnswerException(StatusCodes.Status400BadRequest, "invalid depth");
        if (amount < BeeNode.Price * (long)(TimeSpan.FromDays(1) / TimeSpan.FromSeconds(5)))
        {
            throw new BeeAnswerException(StatusCodes.Status400BadRequest, "insufficient amount for 24h minimum validity");
        }
        if ((BigInteger)amount!.Value << (int)depth!.Value > Funds) throw new BeeAnswerException(StatusCodes.Status400BadRequest, "out of funds");

        var batch = node.Buy((int)depth, amount.Value, isImmutable, request.Query["label"].ToString(), isYoung: true);
        return Bought(batch, StatusCodes.Status201Created);
    }

    private IResult TopUp(HttpRequest request)
    {
        var path = Parameters.OfPath(request);
        var amount = path.Number("amount", 1, long.MaxValue);
        path.Check();
        var batch = Issuer(request);
        if ((BigInteger)amount!.Value << batch.Depth > Funds) throw new BeeAnswerException(StatusCodes.Status402PaymentRequired, "out of funds");
        batch.TopUp(amount.Value);
        return Bought(batch, StatusCodes.Status202Accepted);
    }

    private IResult Dilute(HttpRequest request)
    {
        var path = Parameters.OfPath(request);
        var depth = path.Number("depth", 0, byte.MaxValue);
        path.Check();
        var batch = Issuer(request);
        if (depth <= batch.Depth) throw new BeeAnswerException(StatusCodes.Status400BadRequest, "invalid depth");
        batch.Dilute((int)depth!.Value);
        return Bought(batch, StatusCodes.Status202Accepted);
    }

    private static IResult Bought(PostageBatch batch, int status) =>
        Answer.Json(new { batchID = batch.Id.ToString(), txHash = "0x" + Hashing.Keccak(batch.Id.Span, [(byte)batch.Depth]) }, status);

    private static object Describe(PostageBatch batch) => new
    {
        batchID = batch.Id.ToString(),
        utilization = batch.Utilization,
        utilizationRatio = (double)batch.Utilization / batch.SlotsPerBucket,
        usable = batch.IsUsable,
        label = batch.Label,
        depth = batch.Depth,
        amount = batch.Amount.ToString(),
        bucketDepth = PostageBatch.BucketDepth,
        blockNumber = batch.Block,
        immutableFlag = batch.IsImmutable,
        exists = true,
        batchTTL = batch.SecondsLeft(BeeNode.Price),
    };

    private static object DescribeOnChain(PostageBatch batch) => new
    {
        batchID = batch.Id.ToString(),
        value = batch.Amount.ToString(),
        start = batch.Block,
        owner = batch.Owner.ToString(),
        depth = batch.Depth,
        bucketDepth = PostageBatch.BucketDepth,
        immutable = batch.IsImmutable,
        batchTTL = batch.SecondsLeft(BeeNode.Price),
    };

    private static Digest IdOf(HttpRequest request)
    {
        var path = Parameters.OfPath(request);
        _ = path.RequiredHex("id");
        var id = path.Digest("id");
        path.Check();
        return id!.Value;
    }

    private static Task RunAsync(HttpContext context, Func<HttpRequest, IResult> run) => run(context.Request).ExecuteAsync(context);

    private PostageBatch Issuer(HttpRequest request)
    {
        var batch = node.FindIssuer(IdOf(request)) ?? throw new BeeAnswerException(StatusCodes.Status404NotFound, "issuer does not exist");
        return batch.IsUsable ? batch : throw new BeeAnswerException(StatusCodes.Status400BadRequest, "batch not usable");
    }

    /// <summary>One operation on the chain at a time.</summary>
    private async Task OnChainAsync(HttpContext context, Func<HttpRequest, IResult> run)
    {
        if (Interlocked.Exchange(ref onChain, 1) == 1)
        {
            throw new BeeAnswerException(StatusCodes.Status429TooManyRequests, "simultaneous on-chain operations not supported");
        }
        try
        {
            await RunAsync(context, run);
        }
        finally
        {
            Volatile.Write(ref onChain, 0);
        }
    }
}
