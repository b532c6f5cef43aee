using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace RemoteLog.Functions.Host;

/// <summary>Somebody else's server, which answers whatever it is asked with the same bytes, and remembers how it was asked.</summary>
internal sealed class Cdn : IAsyncDisposable
{
    private readonly WebApplication server;
    private readonly ConcurrentQueue<(string Path, bool IsAuthorized)> requests = new();

    private Cdn()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        server = builder.Build();
        server.Run(async context =>
        {
            requests.Enqueue((context.Request.Path.Value!, context.Request.Headers.Authorization.Count > 0));
            await context.Response.Body.WriteAsync(Content);
        });
    }

    public byte[] Content { get; set; } = [];

    public IReadOnlyCollection<(string Path, bool IsAuthorized)> Requests => requests;

    public Uri Address => new(server.Urls.Single());

    public static async Task<Cdn> StartAsync()
    {
        var cdn = new Cdn();
        await cdn.server.StartAsync();
        return cdn;
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();
}
