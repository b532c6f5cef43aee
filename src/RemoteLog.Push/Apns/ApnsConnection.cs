using RemoteLog.Push.Http;

namespace RemoteLog.Push.Apns;

/// <summary>
/// The one HTTP/2 connection to a host of Apple's. Until a request with a valid token has succeeded, Apple takes one at a time, so a new connection is
/// warmed up by one; then as many are under way as allowed. The handler minds the limit that Apple announces, and opens a second connection only in place of the first.
/// </summary>
internal sealed class ApnsConnection : IDisposable
{
    private readonly HttpMessageInvoker client;
    private readonly SemaphoreSlim slots;
    private readonly SemaphoreSlim warming = new(1);
    private volatile bool warm;

    public ApnsConnection(PushTransport transport, TimeSpan connectTimeout, int inFlight)
    {
        slots = new SemaphoreSlim(inFlight);
        var handler = Connections.Handler(transport, connectTimeout);
        handler.PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan;
        handler.KeepAlivePingDelay = TimeSpan.FromSeconds(60);
        handler.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
        handler.ConnectCallback = (context, cancellationToken) =>
        {
            warm = false;
            return transport.Connect(context.DnsEndPoint, [], cancellationToken);
        };
        client = new HttpMessageInvoker(handler);
    }

    public async ValueTask<Reply> SendAsync(HttpRequestMessage request, TimeProvider time, CancellationToken cancellationToken)
    {
        await slots.WaitAsync(cancellationToken);
        try
        {
            if (warm) return await ExchangeAsync(request, time, cancellationToken);
            await warming.WaitAsync(cancellationToken);
            var isWarm = warm;
            if (isWarm) warming.Release();
            try
            {
                var reply = await ExchangeAsync(request, time, cancellationToken);
                warm = warm || reply.IsSuccess;
                return reply;
            }
            finally
            {
                if (!isWarm) warming.Release();
            }
        }
        finally
        {
            slots.Release();
        }
    }

    /// <summary>Ends it once the requests under way are done. The semaphores hold nothing that needs an end.</summary>
    public void Dispose() => client.Dispose();

    private async ValueTask<Reply> ExchangeAsync(HttpRequestMessage request, TimeProvider time, CancellationToken cancellationToken)
    {
        using var response = await client.SendAsync(request, cancellationToken);
        return await Reply.ReadAsync(response, time, cancellationToken);
    }
}
