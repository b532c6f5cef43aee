using System.IO.Pipelines;
using RemoteLog.Functions.Http;
using RemoteLog.Protocol;
using RemoteLog.Server;
using RemoteLog.Server.Read;
using RemoteLog.Server.Storage;

namespace RemoteLog.Functions.Read;

/// <summary>GET …/entries?after=N: everything after N in one streamed answer, as <c>RemoteLog</c> messages.</summary>
public sealed class EntriesRoute(OpenLogs logs, EntryReader reader, LogStorage storage)
{
    public async Task GetAsync(HttpContext context)
    {
        if (await LogRoute.FindLogAsync(context, logs) is not { } log) return;
        if (await LogRoute.FindFormatAsync(context) is not { } format) return;
        if (await LogRoute.FindNumberAsync(context, "after") is not { } after) return;
        if (await reader.FindAsync(log.Name, after, context.RequestAborted) is not { } runs)
        {
            await Problem.UnknownLog.WriteAsync(context.Response);
            return;
        }

        context.Response.ContentType = format.MediaType();
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.Vary = "Accept";
        if (format == Format.Protobuf) await WriteProtobufAsync(context.Response, log.Name, runs, context.RequestAborted);
        else await WriteJsonAsync(context.Response, log.Name, runs, context.RequestAborted);
    }

    /// <summary>Each message preceded by its length as a varint. Stored bytes go out as they are.</summary>
    private async Task WriteProtobufAsync(HttpResponse response, LogName log, IAsyncEnumerable<EntryRun> runs, CancellationToken cancellationToken)
    {
        var body = response.BodyWriter;
        await foreach (var run in runs)
        {
            WriteLength(body, (ulong)run.Length);
            if (run.Page is { } page)
            {
                await using var stream = await OpenAsync(log, page, cancellationToken);
                await stream.CopyToAsync(response.Body, cancellationToken);
            }
            foreach (var part in run.Parts) await body.WriteAsync(part, cancellationToken);
            await body.FlushAsync(cancellationToken);
        }
    }

    private async Task WriteJsonAsync(HttpResponse response, LogName log, IAsyncEnumerable<EntryRun> runs, CancellationToken cancellationToken)
    {
        var separator = "[\n";
        await foreach (var run in runs)
        {
            var message = new MemoryStream((int)run.Length);
            if (run.Page is { } page)
            {
                await using var stream = await OpenAsync(log, page, cancellationToken);
                await stream.CopyToAsync(message, cancellationToken);
            }
            foreach (var part in run.Parts) message.Write(part.Span);

            await response.WriteAsync(separator, cancellationToken);
            await response.WriteAsync(Json.From(MessageKind.Page, message.GetBuffer().AsSpan(0, (int)message.Length)), cancellationToken);
            separator = ",\n";
        }
        await response.WriteAsync(separator == "[\n" ? "[]\n" : "\n]\n", cancellationToken);
    }

    private async ValueTask<Stream> OpenAsync(LogName log, Cid page, CancellationToken cancellationToken) =>
        await storage.Pages.FindAsync(page, 0, null, cancellationToken) ?? throw new DamagedLogException(log, $"page {page} is gone");

    private static void WriteLength(PipeWriter body, ulong length)
    {
        var span = body.GetSpan(10);
        var count = 0;
        for (; length >= 0x80; length >>= 7) span[count++] = (byte)(length | 0x80);
        span[count++] = (byte)length;
        body.Advance(count);
    }
}
