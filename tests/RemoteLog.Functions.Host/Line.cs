using System.Net;
using System.Net.Sockets;

namespace RemoteLog.Functions.Host;

/// <summary>A network line to a service, which a test cuts and mends. While it is cut whoever calls is turned away, and calls under way have broken off.</summary>
internal sealed class Line : IAsyncDisposable
{
    private readonly Uri far;
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly Lock gate = new();
    private readonly HashSet<Socket> open = [];
    private readonly Task accepting;
    private bool isCut;

    public Line(Uri far)
    {
        this.far = far;
        listener.Start();
        Near = new UriBuilder(far) { Port = ((IPEndPoint)listener.LocalEndpoint).Port }.Uri;
        accepting = AcceptAsync();
    }

    /// <summary>The same service by way of this line.</summary>
    public Uri Near { get; }

    public void Cut()
    {
        lock (gate)
        {
            isCut = true;
            foreach (var socket in open) socket.Close(0);
            open.Clear();
        }
    }

    public void Mend()
    {
        lock (gate) isCut = false;
    }

    public async ValueTask DisposeAsync()
    {
        Cut();
        listener.Dispose();
        await accepting;
    }

    private async Task AcceptAsync()
    {
        List<Task> calls = [];
        try
        {
            while (true) calls.Add(CarryAsync(await listener.AcceptSocketAsync()));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(calls);
        }
    }

    private async Task CarryAsync(Socket near)
    {
        var distant = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        near.NoDelay = true;
        lock (gate)
        {
            if (isCut)
            {
                near.Close(0);
                distant.Dispose();
                return;
            }
            open.Add(near);
            open.Add(distant);
        }
        try
        {
            await distant.ConnectAsync(IPAddress.Loopback, far.Port);
            await Task.WhenAny(CopyAsync(near, distant), CopyAsync(distant, near));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Cut, or nobody is there.
        }
        lock (gate)
        {
            near.Close(0);
            distant.Close(0);
            open.Remove(near);
            open.Remove(distant);
        }
    }

    private static async Task CopyAsync(Socket from, Socket to)
    {
        try
        {
            await using var source = new NetworkStream(from);
            await using var target = new NetworkStream(to);
            await source.CopyToAsync(target);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // One of the two is gone, which ends the call.
        }
    }
}
