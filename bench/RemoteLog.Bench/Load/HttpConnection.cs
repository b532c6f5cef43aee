using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RemoteLog.Bench.Load;

/// <summary>A kept-alive connection that sends prepared requests: a full HTTP client would be most of what is measured.</summary>
internal sealed class HttpConnection : IDisposable
{
    private byte[] buffer = new byte[16 * 1024];
    private int filled;
    private Range body;
    private long sent;

    public HttpConnection(int port)
    {
        Socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Socket.Connect(IPAddress.Loopback, port);
    }

    public Socket Socket { get; }

    /// <summary>Between the request and the end of its answer, in milliseconds.</summary>
    public double Milliseconds { get; private set; }

    /// <summary>Of the answer last received; valid until the next one comes.</summary>
    public ReadOnlySpan<byte> Body => buffer.AsSpan(body);

    public void Send(ReadOnlySpan<byte> request)
    {
        filled = 0;
        sent = Stopwatch.GetTimestamp();
        for (var rest = request; !rest.IsEmpty;) rest = rest[Socket.Send(rest)..];
    }

    /// <summary>Takes in what has come. True once the answer is whole.</summary>
    /// <exception cref="BenchException">It is not a 200.</exception>
    public bool Receive()
    {
        if (filled == buffer.Length) Array.Resize(ref buffer, 2 * buffer.Length);
        var count = Socket.Receive(buffer.AsSpan(filled));
        if (count == 0) throw new BenchException("The server closed the connection.");
        filled += count;

        var answer = buffer.AsSpan(0, filled);
        if (!HttpAnswer.TryRead(answer, out var status, out body)) return false;
        if (status != 200) throw new BenchException($"The server refused a request: {Encoding.UTF8.GetString(answer)}");
        Milliseconds = Stopwatch.GetElapsedTime(sent).TotalMilliseconds;
        return true;
    }

    /// <summary>Sends one request and waits for its answer.</summary>
    public ReadOnlySpan<byte> Exchange(ReadOnlySpan<byte> request)
    {
        Send(request);
        while (!Receive())
        {
        }
        return Body;
    }

    public void Dispose() => Socket.Dispose();
}
