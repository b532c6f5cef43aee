using System.Buffers.Binary;
using RemoteLog.Protocol;

namespace RemoteLog.Bee.Emulator.Http;

/// <summary>/feeds: the newest update of a sequence feed, as far as the node can tell, and the manifest by which /bzz would follow it.</summary>
internal sealed class FeedEndpoints(BeeNode node)
{
    private const int OwnerSize = 20;
    private const int TimeSize = 8;

    /// <summary>The widest stride of a search is 2^8 - 1 updates.</summary>
    private const int WidestLevel = 8;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/feeds/{owner}/{topic}", GetAsync);
        routes.MapPost("/feeds/{owner}/{topic}", PostAsync);
    }

    private async Task GetAsync(HttpContext context)
    {
        // 1. `at` is not used. `after` must name an update, and then saves nothing: the search begins at 0 all the same.
        var (owner, topic) = PathOf(context.Request);
        var query = Parameters.OfQuery(context.Request);
        var after = query.Number("after", 0, long.MaxValue);
        query.Check();
        var reading = Reading.Of(context.Request);
        if (after is > 0 && Find((ulong)after, owner, topic, reading) is null) throw NotFound("no update found");

        // 2. The newest that is found in time; which need not be the newest there is.
        var index = FindLatest(owner, topic, reading) ?? throw NotFound("no update found");
        if (index < (ulong)node.Faults.FeedsLagBy) throw NotFound("no update found");
        index -= (ulong)node.Faults.FeedsLagBy;
        var update = Find(index, owner, topic, reading) ?? throw NotFound("lookup at failed");

        // 3. A payload of 40 or 72 bytes is v1, time and reference, if what it refers to can be fetched. Any other is the content itself.
        var isReference = update.Payload.Length is TimeSize + Digest.Size or TimeSize + 2 * Digest.Size;
        var referred = isReference ? node.Find(new Digest(update.Payload.Span.Slice(TimeSize, Digest.Size)), reading.Keep) : null;
        var headers = context.Response.Headers;
        headers["swarm-soc-signature"] = update.Signature;
        headers["swarm-feed-index"] = Hex(index);
        headers["swarm-feed-index-next"] = Hex(index + 1);
        headers["swarm-feed-resolved-version"] = referred is null ? "v2" : "v1";
        await Joined.WriteAsync(context, node, referred ?? update, reading, quotedReference: (referred ?? update).Address.ToString());
    }

    private async Task<IResult> PostAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var (owner, topic) = PathOf(context.Request);
        var headers = UploadHeaders.Read(context.Request, takesStamp: false);
        var session = UploadSession.Open(node, headers, headers.Deferred ?? true);

        var chunks = FeedManifest.Chunks(owner, topic);
        try
        {
            foreach (var chunk in chunks) await session.PutAsync(chunk, cancellationToken);
        }
        catch (BatchOverissuedException exception)
        {
            throw new BeeAnswerException(StatusCodes.Status402PaymentRequired, exception.Message);
        }
        return await session.AnswerAsync(context, chunks[^1].Address, headers.Pin);
    }

    /// <summary>
    /// Index 0 must be there; then those at base + 2^l - 1 for l from 8 down to 1, and again within the interval that was found. A probe that is slow
    /// counts as missing.
    /// </summary>
    private ulong? FindLatest(byte[] owner, byte[] topic, Reading reading)
    {
        if (Find(0, owner, topic, reading) is null) return null;
        var found = 0UL;
        for (var level = WidestLevel; level > 0;)
        {
            var index = found + (1UL << level) - 1;
            if (Find(index, owner, topic, reading) is null) level--;
            else found = index;
        }
        return found;
    }

    private Chunk? Find(ulong index, byte[] owner, byte[] topic, Reading reading)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, index);
        return node.Find(Hashing.Keccak(Hashing.Keccak(topic, bytes).Span, owner), reading.Keep) is { IsSingleOwner: true } update ? update : null;
    }

    private static BeeAnswerException NotFound(string message) => new(StatusCodes.Status404NotFound, message);

    private static string Hex(ulong index) => index.ToString("x16");

    /// <summary>The owner is read leniently here: with or without 0x, cut or filled up to 20 bytes.</summary>
    private static (byte[] Owner, byte[] Topic) PathOf(HttpRequest request)
    {
        var owner = request.RouteValues["owner"]!.ToString()!;
        if (owner.StartsWith("0x", StringComparison.OrdinalIgnoreCase)) owner = owner[2..];
        if (owner.Length % 2 == 1) owner = "0" + owner;

        var path = new Parameters("path", name => name == "owner" ? owner : request.RouteValues[name]?.ToString());
        var (bytes, topic) = (path.RequiredHex("owner"), path.RequiredHex("topic"));
        path.Check();
        byte[] filled = [.. new byte[Math.Max(0, OwnerSize - bytes.Length)], .. bytes[Math.Max(0, bytes.Length - OwnerSize)..]];
        return (filled, topic);
    }
}
