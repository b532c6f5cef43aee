using System.Buffers.Text;
using System.Security.Cryptography;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace RemoteLog.Cli;

/// <summary>What a UnifiedPush distributor offers a device, on this machine alone: an address that nobody can guess, which takes messages.</summary>
internal sealed class HintEndpoint : IAsyncDisposable
{
    /// <summary>A push service takes no more.</summary>
    private const int LongestMessage = 4096;

    // Of messages that nobody got round to reading, the newest count: each of them says all that the older ones did.
    private readonly Channel<byte[]> messages = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(16) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly string path = $"/{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16))}";
    private readonly WebApplication app;

    private HintEndpoint(WebApplication app) => this.app = app;

    /// <summary>Where it listens, which is no secret.</summary>
    public string Host => app.Urls.Single();

    /// <summary>Where messages go, which is one.</summary>
    public string Address => Host + path;

    /// <param name="port">0: any that is free.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="IOException">Another program has the port.</exception>
    public static async Task<HintEndpoint> StartAsync(int port, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = LongestMessage);
        var endpoint = new HintEndpoint(builder.Build());
        endpoint.app.Run(endpoint.AcceptAsync);
        try
        {
            await endpoint.app.StartAsync(cancellationToken);
        }
        catch
        {
            await endpoint.DisposeAsync();
            throw;
        }
        return endpoint;
    }

    public IAsyncEnumerable<byte[]> ReadAllAsync(CancellationToken cancellationToken) => messages.Reader.ReadAllAsync(cancellationToken);

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task AcceptAsync(HttpContext context)
    {
        if (context.Request.Path != path || context.Request.Method != HttpMethods.Post)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        await messages.Writer.WriteAsync(body.ToArray(), context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status201Created;
    }
}
