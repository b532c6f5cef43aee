using System.Text;
using System.Text.Json;
using RemoteLog.Protocol;

namespace RemoteLog.Bee.Emulator.Http;

/// <summary>/pins: trees that this node keeps, which does not keep their batch from running out.</summary>
internal sealed class PinEndpoints(BeeNode node)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/pins", () => Answer.Json(new { references = node.Pins.Select(pin => pin.ToString()) }));
        routes.MapGet("/pins/check", Check);
        routes.MapPost("/pins/{reference}", context => RunAsync(context, Pin));
        routes.MapGet("/pins/{reference}", context => RunAsync(context, Get));
        routes.MapDelete("/pins/{reference}", context => RunAsync(context, Unpin));
    }

    /// <summary>Fetches the whole tree first.</summary>
    private IResult Pin(Digest reference)
    {
        if (node.Pins.Contains(reference)) return Answer.Message(StatusCodes.Status200OK);
        List<Chunk> tree = [];
        foreach (var (_, chunk) in ChunkTree.Walk(reference, address => node.Find(address, keep: false)))
        {
            tree.Add(chunk ?? throw new BeeAnswerException(StatusCodes.Status404NotFound, "pin collection failed"));
        }
        return Answer.Message(node.Pin(reference, tree) ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    private IResult Get(Digest reference) =>
        node.Pins.Contains(reference) ? Answer.Json(new { reference = reference.ToString() }) : throw new BeeAnswerException(StatusCodes.Status404NotFound);

    private IResult Unpin(Digest reference) =>
        node.Unpin(reference) ? Answer.Message(StatusCodes.Status200OK) : throw new BeeAnswerException(StatusCodes.Status404NotFound);

    /// <summary>A JSON object a line for each pin, or for the one that was asked for.</summary>
    private IResult Check(HttpRequest request)
    {
        var query = Parameters.OfQuery(request);
        var only = query.Digest("ref");
        query.Check();

        var lines = new StringBuilder();
        foreach (var pin in node.Pins.Where(pin => only is null || pin == only))
        {
            var tree = ChunkTree.Walk(pin, node.FindLocal).ToList();
            var missing = tree.Count(item => item.Chunk is null);
            lines.Append(JsonSerializer.Serialize(new { reference = pin.ToString(), total = tree.Count, missing, invalid = 0 })).Append('\n');
        }
        return Results.Text(lines.ToString(), "application/json; charset=utf-8");
    }

    private static Task RunAsync(HttpContext context, Func<Digest, IResult> run) => run(ReferenceOf(context.Request)).ExecuteAsync(context);

    private static Digest ReferenceOf(HttpRequest request)
    {
        var path = Parameters.OfPath(request);
        _ = path.RequiredHex("reference");
        var reference = path.Digest("reference");
        path.Check();
        return reference!.Value;
    }
}
