using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace RemoteLog.Push.Http;

/// <summary>What all connections to push services have in common.</summary>
internal static class Connections
{
    public static SocketsHttpHandler Handler(PushTransport transport, TimeSpan connectTimeout) => new()
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ConnectTimeout = connectTimeout,
        MaxResponseHeadersLength = 16,
        MaxResponseDrainSize = 0,
        EnableMultipleHttp2Connections = false,
        ActivityHeadersPropagator = null,
        ConnectCallback = (context, cancellationToken) => transport.Connect(context.DnsEndPoint, [], cancellationToken),
        SslOptions = transport.Root is { } root ? Trusting(root) : new SslClientAuthenticationOptions(),
    };

    private static SslClientAuthenticationOptions Trusting(X509Certificate2 root)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(root);
        return new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
    }
}
