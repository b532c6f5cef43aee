using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace RemoteLog.Push.Emulators;

/// <summary>A service on this machine alone, on a port of its own.</summary>
internal static class Emulator
{
    public static async Task<(WebApplication App, int Port)> StartAsync(RequestDelegate answer, HttpProtocols protocols, bool isSecure, Action<ListenOptions>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = protocols;
                if (isSecure) listen.UseHttps(EmulatedNetwork.Certificate);
                configure?.Invoke(listen);
            });
        });
        var app = builder.Build();
        app.Run(context => IsTraced(context.Request) ? RefuseAsync(context) : answer(context));
        await app.StartAsync();
        return (app, new Uri(app.Urls.Single()).Port);
    }

    /// <summary>The real ones would not mind, but whoever is told of a trace can tell which hints belong together.</summary>
    private static bool IsTraced(HttpRequest request) =>
        new[] { "traceparent", "tracestate", "baggage", "Request-Id", "Correlation-Context" }.Any(request.Headers.ContainsKey);

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        return Task.CompletedTask;
    }

    /// <summary>Until the caller gives up.</summary>
    public static async Task HangAsync(HttpContext context)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // It did.
        }
    }
}
