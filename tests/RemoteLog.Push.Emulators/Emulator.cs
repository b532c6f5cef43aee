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
        app.Run(answer);
        await app.StartAsync();
        return (app, new Uri(app.Urls.Single()).Port);
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
