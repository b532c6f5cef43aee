using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace RemoteLog.Push;

/// <summary>How connections come about. It is given in code, where push services are emulated; no setting reaches it.</summary>
public sealed class PushTransport
{
    /// <summary>The addresses of a name.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; init; } = Dns.GetHostAddressesAsync;

    /// <summary>Connects to a host at one of the addresses; without any, wherever its name leads.</summary>
    public Func<DnsEndPoint, IPAddress[], CancellationToken, ValueTask<Stream>> Connect { get; init; } = ConnectAsync;

    /// <summary>Who vouches for the hosts' certificates; null: whom the machine trusts.</summary>
    public X509Certificate2? Root { get; init; }

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint host, IPAddress[] addresses, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (addresses.Length > 0) await socket.ConnectAsync(addresses, host.Port, cancellationToken);
            else await socket.ConnectAsync(host, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
