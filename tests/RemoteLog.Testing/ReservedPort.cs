using System.Net;
using System.Net.Sockets;

namespace RemoteLog.Testing;

/// <summary>
/// A port of 127.0.0.1 at which nobody listens, and which is given to nobody who asks for any port. Whoever asks for this very one may listen at it, once
/// and again.
/// </summary>
public sealed class ReservedPort : IDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public ReservedPort()
    {
        // Bound, and never listening: that is what keeps others from getting it by chance.
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
    }

    public int Number => ((IPEndPoint)socket.LocalEndPoint!).Port;

    public void Dispose() => socket.Dispose();
}
