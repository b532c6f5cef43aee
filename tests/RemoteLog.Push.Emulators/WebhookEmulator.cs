using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace RemoteLog.Push.Emulators;

/// <summary>A server that receives webhooks, keeps them as they came and answers as it is told.</summary>
public sealed class WebhookEmulator : IAsyncDisposable
{
    private readonly SemaphoreSlim arrivals = new(0);
    private readonly ConcurrentQueue<(Dictionary<string, string> Headers, byte[] Body)> calls = new();
    private WebApplication app = null!;

    public int Port { get; private set; }

    /// <summary>200 when there is none.</summary>
    public ConcurrentQueue<ScriptedAnswer> Answers { get; } = new();

    /// <summary>With the headers' names in small letters.</summary>
    public IReadOnlyList<(Dictionary<string, string> Headers, byte[] Body)> Calls => [.. calls];

    public static async Task<WebhookEmulator> StartAsync()
    {
        var emulator = new WebhookEmulator();
        (emulator.app, emulator.Port) = await Emulator.StartAsync(emulator.AnswerAsync, HttpProtocols.Http1AndHttp2, isSecure: true);
        return emulator;
    }

    public Task ArrivalAsync(CancellationToken cancellationToken) => arrivals.WaitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        arrivals.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        calls.Enqueue((context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString()), body.ToArray()));
        arrivals.Release();
        if (Answers.TryDequeue(out var answer)) await answer.WriteAsync(context);
    }
}
