using System.Net.Sockets;

namespace RemoteLog.Bench.Load;

/// <summary>What went over the wire: requests, and every byte of HTTP in both directions.</summary>
internal sealed class Traffic
{
    private long requests;
    private long bytes;

    public long Requests => Volatile.Read(ref requests);

    public long Bytes => Volatile.Read(ref bytes);

    public void Reset() => requests = bytes = 0;

    public void Requested() => Interlocked.Increment(ref requests);

    public void Moved(int count) => Interlocked.Add(ref bytes, count);
}

/// <summary>Counts what an HTTP client sends and receives.</summary>
internal sealed class CountingHandler(Traffic traffic) : DelegatingHandler(new SocketsHttpHandler
{
    UseProxy = false,
    ConnectCallback = async (context, cancellationToken) =>
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
        return new CountingStream(new NetworkStream(socket, ownsSocket: true), traffic);
    },
})
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        traffic.Requested();
        return base.SendAsync(request, cancellationToken);
    }
}
