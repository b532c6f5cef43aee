using System.Text.Json;

namespace RemoteLog.Bee.Emulator.Http;

/// <summary>/tags: how far deferred uploads are. A direct one has no tag.</summary>
internal sealed class TagEndpoints(BeeNode node)
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1000;
    private const int MaxBody = 1024;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/tags", () => Answer.Json(Describe(node.NewTag()), StatusCodes.Status201Created));
        routes.MapGet("/tags", List);
        routes.MapGet("/tags/{uid}", (HttpRequest request) => Answer.Json(Describe(TagOf(request))));
        routes.MapPatch("/tags/{uid}", PatchAsync);
        routes.MapDelete("/tags/{uid}", Delete);
    }

    private IResult List(HttpRequest request)
    {
        var query = Parameters.OfQuery(request);
        var (offset, limit) = (query.Number("offset", 0, int.MaxValue) ?? 0, query.Number("limit", 1, MaxLimit) ?? DefaultLimit);
        query.Check();
        return Answer.Json(new { tags = node.Tags.Skip((int)offset).Take((int)limit).Select(Describe) });
    }

    /// <summary>Only writes the root's address into the tag.</summary>
    private async Task<IResult> PatchAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var tag = TagOf(context.Request);
        var body = await RequestBytes.ReadAsync(context.Request, MaxBody, cancellationToken);
        if (body.Length > 0)
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.TryGetProperty("address", out var address)) tag.Address = address.GetString() ?? string.Empty;
        }
        return Answer.Message(StatusCodes.Status200OK);
    }

    private IResult Delete(HttpRequest request)
    {
        var tag = TagOf(request);
        node.DropTag(tag.Uid);
        return Results.NoContent();
    }

    /// <summary>Every chunk is on the network or on none: what was sent was also synced, and all of it is on this node.</summary>
    private static object Describe(UploadTag tag)
    {
        lock (tag)
        {
            return new
            {
                uid = tag.Uid,
                split = tag.Split,
                seen = tag.Seen,
                stored = tag.Split - tag.Seen,
                sent = tag.Synced,
                synced = tag.Synced,
                address = tag.Address,
                startedAt = tag.StartedAt.UtcDateTime.ToString("O"),
            };
        }
    }

    private UploadTag TagOf(HttpRequest request)
    {
        var path = Parameters.OfPath(request);
        var uid = path.Number("uid", 0, uint.MaxValue);
        path.Check();
        return node.FindTag(uid ?? 0) ?? throw new BeeAnswerException(StatusCodes.Status404NotFound, "tag not present");
    }
}
