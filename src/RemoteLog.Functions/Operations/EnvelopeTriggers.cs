using System.Globalization;
using System.Text;
using System.Text.Json;
using RemoteLog.Functions.Http;
using RemoteLog.Server.Ingest;

namespace RemoteLog.Functions.Operations;

/// <summary>
/// Queue and timer triggers as the Functions host calls a custom handler: POST /FUNCTION with a JSON envelope. All that is known of envelopes is in this
/// file; moving to another host model replaces it and the function.json folders.
/// </summary>
public sealed class EnvelopeTriggers(Triggers triggers, TriggerOptions options, TimeProvider time)
{
    /// <summary>Storage queues carry at most 64 KiB; encoded twice, and with its metadata, a message stays below this.</summary>
    private const int MaxBytes = 1024 * 1024;

    /// <summary>Outside /api, where the host routes nobody but itself.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/Seal", context => RunAsync(context, (envelope, deadline) => triggers.SealAsync(Payload(envelope, "log"), deadline)));
        routes.MapPost("/Ingest", context => RunAsync(
            context, (envelope, deadline) => triggers.IngestAsync(Payload(envelope, "segment"), Delivery(envelope), deadline)));
        routes.MapPost("/Hint", context => RunAsync(
            context, (envelope, deadline) => triggers.HintAsync(Payload(envelope, "log"), Delivery(envelope), deadline)));
        foreach (var wake in new[] { "/WakeWebPush", "/WakeApns", "/WakeFcm", "/WakeWebhook" })
        {
            routes.MapPost(wake, context => RunAsync(context, (envelope, deadline) => triggers.WakeAsync(Payload(envelope, "device"), deadline)));
        }
        routes.MapPost("/Sweep", context => RunAsync(context, (_, deadline) => triggers.SweepAsync(deadline)));
    }

    private async Task RunAsync(HttpContext context, Func<JsonElement, CancellationToken, ValueTask> run)
    {
        // 1. The host marks every call that it passes on from outside, and none of its own.
        if (context.Request.Headers.Any(header => IsProxys(header.Key)))
        {
            await Problem.NotFound.WriteAsync(context.Response);
            return;
        }

        // 2. The host never cancels: at its own limit it kills. Whatever goes wrong is a 500 or 503, which the host counts as a failure to be tried again.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(options.Seconds), time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, context.RequestAborted);
        try
        {
            await RunAsync(context.Request, run, deadline.Token);
        }
        catch (NotYetException exception)
        {
            await Problem.Busy.WriteAsync(context.Response, exception.Message);
            return;
        }
        catch (OperationCanceledException exception) when (limit.IsCancellationRequested)
        {
            throw new TimeoutException($"It took longer than {options.Seconds} s.", exception);
        }

        // 3. Never empty: the host waits for a result that an empty answer does not bring, until it kills the process.
        context.Response.ContentType = Formats.Json;
        await context.Response.WriteAsync("{}", context.RequestAborted);
    }

    private static async ValueTask RunAsync(HttpRequest request, Func<JsonElement, CancellationToken, ValueTask> run, CancellationToken deadline)
    {
        using var body = await RequestBody.ReadAsync(request, MaxBytes, deadline)
            ?? throw new InvalidDataException($"The envelope is over {MaxBytes} bytes.");
        using var envelope = JsonDocument.Parse(body.Bytes);
        await run(envelope.RootElement, deadline);
    }

    private static bool IsProxys(string header) =>
        header.Equals("x-ms-invocation-id", StringComparison.OrdinalIgnoreCase) || header.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase);

    /// <summary>A binary binding's value is base64, any other's is JSON within the JSON string.</summary>
    private static byte[] Payload(JsonElement envelope, string binding)
    {
        var value = envelope.GetProperty("Data").GetProperty(binding).GetString() ?? throw new FormatException("The message is null.");
        return value.StartsWith('"') ? Encoding.UTF8.GetBytes(JsonSerializer.Deserialize<string>(value)!) : Convert.FromBase64String(value);
    }

    /// <summary>Only of a message bound as binary: the members of one that is read as text replace the host's own words in Metadata.</summary>
    private static int Delivery(JsonElement envelope) =>
        int.Parse(envelope.GetProperty("Metadata").GetProperty("DequeueCount").GetString()!, NumberStyles.None);
}
