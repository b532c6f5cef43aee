using RemoteLog.Functions.Http;
using RemoteLog.Protocol;
using RemoteLog.Server;
using RemoteLog.Server.Storage;

namespace RemoteLog.Functions.Read;

/// <summary>GET …/forks: evidence that the owner signed more than one history; an empty list is the normal answer.</summary>
public sealed class ForksRoute(OpenLogs logs, LogStorage storage)
{
    public async Task GetAsync(HttpContext context)
    {
        if (await LogRoute.FindLogAsync(context, logs) is not { } log) return;
        if (await LogRoute.FindFormatAsync(context) is not { } format) return;

        var forks = await storage.Names.ReadForksAsync(log.Name, context.RequestAborted);
        context.Response.Headers.CacheControl = "no-cache";
        await LogRoute.WriteAsync(context.Response, format, MessageKind.ForkList, ForkList.ToArray(forks));
    }
}
