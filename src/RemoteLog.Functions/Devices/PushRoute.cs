using RemoteLog.Functions.Http;
using RemoteLog.Protocol;
using RemoteLog.Server.Wake;

namespace RemoteLog.Functions.Devices;

/// <summary>GET /api/v1/push: how this service can wake devices, and what a browser must know to subscribe.</summary>
public sealed class PushRoute(PushSetup push)
{
    public const string Pattern = "/api/v1/push";

    public async Task GetAsync(HttpContext context)
    {
        if (await LogRoute.FindFormatAsync(context) is not { } format) return;
        context.Response.Headers.CacheControl = "no-cache";
        await LogRoute.WriteAsync(context.Response, format, MessageKind.PushOffer, push.Offer.ToArray());
    }
}
