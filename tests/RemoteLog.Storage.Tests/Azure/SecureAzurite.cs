using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Azure.Core;
using Azure.Core.Pipeline;
using RemoteLog.Storage.Azure;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests.Azure;

/// <summary>
/// An emulator that is spoken to as Azure is: over HTTPS, by names of hosts, with tokens and without a key. It looks at a token's times and audience and
/// believes the rest.
/// </summary>
public sealed class SecureAzurite : IAsyncLifetime
{
    public const string Account = "devstoreaccount1", EndpointSuffix = "azurite.test";

    private readonly TemporaryFolder certificate = new();
    private readonly List<Uri> requests = [];
    private AzuriteProcess process = null!;
    private string fingerprint = "";

    public SecureAzurite() => Http = new HttpClient(new Recorder(this, new SocketsHttpHandler
    {
        ConnectCallback = async (context, token) => await ConnectAsync(context.DnsEndPoint.Host, token),
        SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == fingerprint },
        AllowAutoRedirect = false,
    }));

    /// <summary>Reaches it.</summary>
    public HttpClient Http { get; }

    /// <summary>What was asked of it.</summary>
    public IReadOnlyList<Uri> Requests
    {
        get
        {
            lock (requests) return [.. requests];
        }
    }

    public async ValueTask InitializeAsync()
    {
        using (var key = RSA.Create(2048))
        {
            var request = new CertificateRequest("CN=azurite", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            using var signed = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            fingerprint = signed.GetCertHashString();
            File.WriteAllText(Path.Combine(certificate.Path, "cert.pem"), signed.ExportCertificatePem());
            File.WriteAllText(Path.Combine(certificate.Path, "key.pem"), key.ExportPkcs8PrivateKeyPem());
        }
        process = await AzuriteProcess.StartAsync(certificate: certificate.Path);
    }

    public AzureStorage Open(TimeProvider time) => AzureStorage.Open(
        new AzureStorageOptions { Accounts = [Account], EndpointSuffix = EndpointSuffix }, time, new Identity(), new HttpClientTransport(Http));

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await process.DisposeAsync();
        certificate.Dispose();
    }

    /// <summary>What is called ACCOUNT.blob.… is its first service, and so on.</summary>
    private async ValueTask<Stream> ConnectAsync(string host, CancellationToken cancellationToken)
    {
        var service = Array.IndexOf(["blob", "queue", "table"], host.Split('.')[1]);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, process.Endpoints[service].Port, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private sealed class Recorder(SecureAzurite azurite, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            lock (azurite.requests) azurite.requests.Add(request.RequestUri!);
            return base.SendAsync(request, cancellationToken);
        }
    }

    /// <summary>A token that nobody signed.</summary>
    private sealed class Identity : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            var now = DateTimeOffset.UtcNow;
            var claims = new Dictionary<string, object>
            {
                ["aud"] = "https://storage.azure.com",
                ["iss"] = "https://sts.windows.net/00000000-0000-0000-0000-000000000001/",
                ["nbf"] = now.AddMinutes(-5).ToUnixTimeSeconds(),
                ["iat"] = now.AddMinutes(-5).ToUnixTimeSeconds(),
                ["exp"] = now.AddHours(1).ToUnixTimeSeconds(),
                ["oid"] = "00000000-0000-0000-0000-000000000002",
                ["tid"] = "00000000-0000-0000-0000-000000000003",
            };
            return new AccessToken($"{Part(new { alg = "none", typ = "JWT" })}.{Part(claims)}.none", now.AddHours(1));
        }

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            ValueTask.FromResult(GetToken(requestContext, cancellationToken));

        private static string Part(object value) => System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(value)));
    }
}
