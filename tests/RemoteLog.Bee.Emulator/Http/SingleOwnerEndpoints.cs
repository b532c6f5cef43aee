using RemoteLog.Protocol;

namespace RemoteLog.Bee.Emulator.Http;

/// <summary>/soc: chunks at an address that their owner's key and a free id make.</summary>
internal sealed class SingleOwnerEndpoints(BeeNode node)
{
    private const int OwnerSize = 20;
    private const int SignatureSize = 65;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/soc/{owner}/{id}", PostAsync);
        routes.MapGet("/soc/{owner}/{id}", GetAsync);
    }

    private async Task<IResult> PostAsync(HttpContext context, CancellationToken cancellationToken)
    {
        // 1. Path, query, headers.
        var (owner, id) = PathOf(context.Request);
        var query = Parameters.OfQuery(context.Request);
        var signature = query.RequiredHex("sig");
        query.Check();
        var headers = UploadHeaders.Read(context.Request, takesStamp: true);

        // 2. Batch and tag. Direct unless it is said otherwise, or a tag counts it.
        var session = UploadSession.Open(node, headers, headers.Deferred ?? headers.Tag is > 0);

        // 3. The body, the owner, the signature.
        var body = await RequestBytes.ReadAsync(context.Request, Chunk.MaxContent, cancellationToken);
        if (body.Length < Chunk.SpanSize) throw new BeeAnswerException(StatusCodes.Status400BadRequest, "short chunk data");
        if (owner.Length != OwnerSize) throw new BeeAnswerException(StatusCodes.Status401Unauthorized, "invalid address");
        var chunk = id.Length == Digest.Size && signature.Length == SignatureSize ? Chunk.OfSingleOwner((byte[])[.. id, .. signature, .. body]) : null;
        if (chunk?.Address != Hashing.Keccak(id, owner)) throw new BeeAnswerException(StatusCodes.Status401Unauthorized, "invalid chunk");

        // 4. The store. A full batch has no answer of its own here.
        try
        {
            await session.PutAsync(chunk, cancellationToken);
        }
        catch (BatchOverissuedException)
        {
            throw new BeeAnswerException(StatusCodes.Status400BadRequest, "chunk write error");
        }
        return await session.AnswerAsync(context, chunk.Address, headers.Pin);
    }

    private async Task GetAsync(HttpContext context)
    {
        var (owner, id) = PathOf(context.Request);
        var reading = Reading.Of(context.Request);
        var chunk = node.Find(Hashing.Keccak(id, owner), reading.Keep)
            ?? throw new BeeAnswerException(StatusCodes.Status404NotFound, "requested chunk cannot be retrieved");
        if (!chunk.IsSingleOwner) throw new BeeAnswerException(StatusCodes.Status500InternalServerError, "chunk is not a single owner chunk");

        context.Response.Headers["swarm-soc-signature"] = chunk.Signature;
        await Joined.WriteAsync(context, node, chunk, reading, quotedReference: chunk.Address.ToString());
    }

    private static (byte[] Owner, byte[] Id) PathOf(HttpRequest request)
    {
        var path = Parameters.OfPath(request);
        var (owner, id) = (path.RequiredHex("owner"), path.RequiredHex("id"));
        path.Check();
        return (owner, id);
    }
}
