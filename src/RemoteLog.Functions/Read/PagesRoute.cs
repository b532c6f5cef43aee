using RemoteLog.Functions.Http;
using RemoteLog.Protocol;
using RemoteLog.Server;
using RemoteLog.Server.Storage;

namespace RemoteLog.Functions.Read;

/// <summary>GET …/pages?after=N: where the sealed pages are, so that a reader can fetch them in parallel and caches can keep them.</summary>
public sealed class PagesRoute(OpenLogs logs, LogStorage storage)
{
    /// <summary>Pages listed in one answer.</summary>
    private const int Max = 1000;

    public async Task GetAsync(HttpContext context)
    {
        if (await LogRoute.FindLogAsync(context, logs) is not { } log) return;
        if (await LogRoute.FindFormatAsync(context) is not { } format) return;
        if (await LogRoute.FindNumberAsync(context, "after") is not { } after) return;

        var pages = await storage.Names.ReadPagesAsync(log.Name, after, Max + 1, context.RequestAborted);
        if (pages.Count == 0 && await storage.Names.FindHeadAsync(log.Name, context.RequestAborted) is null)
        {
            await Problem.UnknownLog.WriteAsync(context.Response);
            return;
        }

        var index = new PageIndex([.. pages.Take(Max)], More: pages.Count > Max);
        context.Response.Headers.CacheControl = "no-cache";
        await LogRoute.WriteAsync(context.Response, format, MessageKind.PageIndex, index.ToArray());
    }
}
