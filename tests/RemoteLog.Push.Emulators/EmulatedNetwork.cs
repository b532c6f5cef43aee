using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RemoteLog.Push.Emulators;

/// <summary>Names that lead to emulators on this machine, although they resolve to public addresses: every check but the network itself is the real one.</summary>
public sealed class EmulatedNetwork
{
    /// <summary>An address that is nobody's secret.</summary>
    public static readonly IPAddress Public = IPAddress.Parse("93.184.216.34");

    private readonly ConcurrentDictionary<string, int> ports = new();
    private readonly ConcurrentQueue<IPAddress[]> vetted = new();
    private int lookups;

    public EmulatedNetwork() => Transport = new PushTransport { Root = Certificate, Resolve = ResolveAsync, Connect = ConnectAsync };

    /// <summary>What every emulator shows: good for all their names.</summary>
    public static X509Certificate2 Certificate { get; } = CreateCertificate();

    /// <summary>What to give to the services under test.</summary>
    public PushTransport Transport { get; }

    /// <summary>The addresses of a name, by how often names were looked up before.</summary>
    public Func<string, int, IPAddress[]> Addresses { get; set; } = (_, _) => [Public];

    /// <summary>The addresses that each connection was allowed to go to.</summary>
    public IReadOnlyCollection<IPAddress[]> Connections => vetted;

    public int Lookups => Volatile.Read(ref lookups);

    public EmulatedNetwork Lead(string host, int port)
    {
        ports[host] = port;
        return this;
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=emulators", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in new[] { "localhost", "push.example", "*.push.example", "hook.example", "fcm.googleapis.com", "oauth2.googleapis.com", "api.push.apple.com",
            "api.sandbox.push.apple.com", "updates.push.services.mozilla.com", "web.push.apple.com", "push.lan" })
        {
            names.AddDnsName(name);
        }
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    private Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) =>
        Task.FromResult(Addresses(host, Interlocked.Increment(ref lookups) - 1));

    private async ValueTask<Stream> ConnectAsync(DnsEndPoint host, IPAddress[] addresses, CancellationToken cancellationToken)
    {
        vetted.Enqueue(addresses);
        if (!ports.TryGetValue(host.Host, out var port)) throw new SocketException((int)SocketError.ConnectionRefused);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
