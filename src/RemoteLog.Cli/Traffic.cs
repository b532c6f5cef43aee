using System.Net.Sockets;

namespace RemoteLog.Cli;

/// <summary>Counts what really goes over the wire: requests, and every byte of every connection, headers included.</summary>
internal sealed class Traffic
{
    private long requests;
    private long bytes;

    public long Requests => Interlocked.Read(ref requests);

    public long Bytes => Interlocked.Read(ref bytes);

    /// <summary>A client of its own connections.</summary>
    public HttpClient CreateClient() => new(new RequestCounter(this) { InnerHandler = new SocketsHttpHandler { ConnectCallback = ConnectAsync } });

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new CountedStream(this, socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private sealed class RequestCounter(Traffic traffic) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref traffic.requests);
            return base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class CountedStream(Traffic traffic, Socket socket) : NetworkStream(socket, ownsSocket: true)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await base.ReadAsync(buffer, cancellationToken);
            Interlocked.Add(ref traffic.bytes, read);
            return read;
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await base.WriteAsync(buffer, cancellationToken);
            Interlocked.Add(ref traffic.bytes, buffer.Length);
        }
    }
}
