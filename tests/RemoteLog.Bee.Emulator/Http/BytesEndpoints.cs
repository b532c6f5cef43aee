using System.Globalization;
using RemoteLog.Protocol;

namespace RemoteLog.Bee.Emulator.Http;

/// <summary>/bytes: data of any length as a tree of chunks.</summary>
internal sealed class BytesEndpoints(BeeNode node)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/bytes", PostAsync);
        routes.MapGet("/bytes/{reference}", GetAsync);
        routes.MapMethods("/bytes/{reference}", [HttpMethods.Head], Head);
    }

    private async Task<IResult> PostAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var headers = UploadHeaders.Read(context.Request, takesStamp: false);
        var session = UploadSession.Open(node, headers, headers.Deferred ?? true);
        var data = await RequestBytes.ReadAsync(context.Request, max: null, cancellationToken);

        // Up to one chunk the reference is the same at every level.
        var level = headers.Level ?? (node.Options.Mode == BeeMode.Lenient ? 0 : 1);
        if (level > 0 && data.Length > Chunk.MaxPayload)
        {
            throw new BeeAnswerException(
                StatusCodes.Status501NotImplemented,
                $"This upload has redundancy level {level.ToString(CultureInfo.InvariantCulture)}, under which Bee answers another reference; the emulator has level 0 only.");
        }

        var chunks = ChunkTree.Split(data);
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

    private async Task GetAsync(HttpContext context)
    {
        var reading = Reading.Of(context.Request);
        var root = Root(context) ?? throw new BeeAnswerException(StatusCodes.Status404NotFound);
        await Joined.WriteAsync(context, node, root, reading, quotedReference: root.Address.ToString());
    }

    /// <summary>Looks at the root alone: that it is there says nothing of the rest.</summary>
    private IResult Head(HttpContext context)
    {
        var root = Root(context) ?? throw new BeeAnswerException(StatusCodes.Status404NotFound);
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = root.Span;
        return Results.Empty;
    }

    private Chunk? Root(HttpContext context)
    {
        var path = Parameters.OfPath(context.Request);
        var reference = path.RequiredHex("reference");
        path.Check();

        // All zeros, and what has not the length of a reference, ends in the joiner instead of not being found.
        if (reference.Length != Digest.Size || !reference.AsSpan().ContainsAnyExcept((byte)0))
        {
            throw new BeeAnswerException(StatusCodes.Status500InternalServerError, "joiner failed");
        }
        return node.Find(new Digest(reference), keep: true);
    }
}
