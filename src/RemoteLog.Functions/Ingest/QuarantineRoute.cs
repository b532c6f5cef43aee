using System.Globalization;
using System.Text.Json;
using RemoteLog.Functions.Append;
using RemoteLog.Functions.Http;
using RemoteLog.Server.Ingest;
using RemoteLog.Server.Storage;

namespace RemoteLog.Functions.Ingest;

/// <summary>/api/v1/quarantine: what the ingest queue brought and was refused; for operators to look at, replay or drop.</summary>
public sealed class QuarantineRoute(LogStorage storage, Ingester ingester)
{
    public const string Pattern = "/api/v1/quarantine", ItemPattern = Pattern + "/{id}";

    /// <summary>Items listed in one answer.</summary>
    private const int Max = 100;

    /// <summary>GET /api/v1/quarantine?after=ID. Ids are text, as every 64-bit number in JSON here.</summary>
    public async Task ListAsync(HttpContext context)
    {
        if (await LogRoute.FindNumberAsync(context, "after") is not { } after) return;
        var items = await storage.Quarantine.ListAsync(after, Max + 1, context.RequestAborted);

        await context.Response.WriteJsonAsync(json =>
        {
            json.WriteStartArray("items");
            foreach (var item in items.Take(Max)) Write(json, item);
            json.WriteEndArray();
            json.WriteBoolean("more", items.Count > Max);
        });
    }

    /// <summary>GET …/{id}: the very bytes.</summary>
    public async Task GetAsync(HttpContext context)
    {
        if (FindId(context) is not { } id || await storage.Quarantine.FindAsync(id, context.RequestAborted) is not { } bytes)
        {
            await Problem.NotQuarantined.WriteAsync(context.Response);
            return;
        }
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = bytes.Length;
        await context.Response.BodyWriter.WriteAsync(bytes, context.RequestAborted);
    }

    /// <summary>POST …/{id}/replay: answered as the segment's own upload would be now.</summary>
    public async Task ReplayAsync(HttpContext context)
    {
        if (await LogRoute.FindFormatAsync(context) is not { } format) return;
        if (FindId(context) is not { } id || await ingester.ReplayAsync(id, context.RequestAborted) is not { } result)
        {
            await Problem.NotQuarantined.WriteAsync(context.Response);
            return;
        }
        await AppendAnswer.WriteAsync(context.Response, format, result);
    }

    public async Task DeleteAsync(HttpContext context)
    {
        if (FindId(context) is not { } id || !await storage.Quarantine.RemoveAsync(id, context.RequestAborted))
        {
            await Problem.NotQuarantined.WriteAsync(context.Response);
            return;
        }
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static long? FindId(HttpContext context) =>
        long.TryParse((string?)context.Request.RouteValues["id"], NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    private static void Write(Utf8JsonWriter json, QuarantineItem item)
    {
        json.WriteStartObject();
        json.WriteString("id", item.Id.ToString(CultureInfo.InvariantCulture));
        if (item.Log is not null) json.WriteString("log", item.Log);
        json.WriteString("reason", item.Reason);
        json.WriteString("at", item.At);
        json.WriteString("size", item.Size.ToString(CultureInfo.InvariantCulture));
        json.WriteEndObject();
    }
}
