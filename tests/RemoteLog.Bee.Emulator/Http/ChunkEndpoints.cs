using RemoteLog.Protocol;

namespace RemoteLog.Bee.Emulator.Http;

/// <summary>/chunks: one chunk under its address, and /envelope: a stamp for one.</summary>
internal sealed class ChunkEndpoints(BeeNode node)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/chunks", PostAsync);
        routes.MapGet("/chunks/{address}", Get);
        routes.MapMethods("/chunks/{address}", [HttpMethods.Head], Head);
        routes.MapPost("/envelope/{address}", PostEnvelope);
    }

    private async Task<IResult> PostAsync(HttpContext context, CancellationToken cancellationToken)
    {
        // Deferred only when a tag counts it, whatever the header for that says.
        var headers = UploadHeaders.Read(context.Request, takesStamp: true);
        var session = UploadSession.Open(node, headers, deferred: headers.Tag is > 0);
        var body = await RequestBytes.ReadAsync(context.Request, Chunk.MaxSingleOwner, cancellationToken);
        if (body.Length < Chunk.SpanSize) throw new BeeAnswerException(StatusCodes.Status400BadRequest, "insufficient data length");

        // Whatever could be a content chunk is taken for one, a single-owner chunk with room in its payload included: that belongs to /soc.
        var chunk = body.Length <= Chunk.MaxContent
            ? Chunk.OfContent(body)
            : Chunk.OfSingleOwner(body) ?? throw new BeeAnswerException(StatusCodes.Status500InternalServerError, "create chunk error");
        try
        {
            await session.PutAsync(chunk, cancellationToken);
        }
        catch (BatchOverissuedException exception)
        {
            throw new BeeAnswerException(StatusCodes.Status402PaymentRequired, exception.Message);
        }
        return await session.AnswerAsync(context, chunk.Address, headers.Pin);
    }

    private IResult Get(HttpContext context)
    {
        var reading = Reading.Of(context.Request);
        if (node.Find(AddressOf(context.Request), reading.Keep) is { } chunk)
        {
            return Results.Bytes(node.Faults.CacheIsCorrupt && reading.Keep ? Joined.Corrupted(chunk.Bytes) : chunk.Bytes, "binary/octet-stream");
        }
        throw node.Faults.ChunkReadsFail
            ? new BeeAnswerException(StatusCodes.Status500InternalServerError, "read chunk failed")
            : new BeeAnswerException(StatusCodes.Status404NotFound, "chunk not found");
    }

    /// <summary>Asks this node alone, and never the network.</summary>
    private IResult Head(HttpContext context) =>
        node.FindLocal(AddressOf(context.Request)) is { } chunk
            ? Results.Bytes(chunk.Bytes, "binary/octet-stream")
            : throw new BeeAnswerException(StatusCodes.Status404NotFound, "chunk not found");

    private IResult PostEnvelope(HttpContext context)
    {
        var address = AddressOf(context.Request);
        var headers = UploadHeaders.Read(context.Request, takesStamp: false);
        var batch = UploadSession.IssuerOf(node, headers.Batch!.Value);
        if (batch.Stamp(new Chunk(address, new byte[Chunk.SpanSize], IsSingleOwner: false), out _) is not { } slot)
        {
            throw new BeeAnswerException(StatusCodes.Status402PaymentRequired, "batch is overissued");
        }

        var stamp = node.Issue(batch, address, slot.Slot).ToArray();
        return Answer.Json(
            new
            {
                issuer = batch.Owner.ToString(),
                index = Convert.ToHexStringLower(stamp.AsSpan(32, 8)),
                timestamp = Convert.ToHexStringLower(stamp.AsSpan(40, 8)),
                signature = Convert.ToHexStringLower(stamp.AsSpan(48)),
            },
            StatusCodes.Status201Created);
    }

    private static Digest AddressOf(HttpRequest request)
    {
        var path = Parameters.OfPath(request);
        _ = path.RequiredHex("address");
        var address = path.Digest("address");
        path.Check();
        return address!.Value;
    }
}
