using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using RemoteLog.Protocol;
using RemoteLog.Testing;

namespace RemoteLog.Functions.Tests;

/// <summary>Everything the service does, with all that it would say about it, and none of its secrets in it.</summary>
public sealed class SecrecyTests : IDisposable
{
    private const string OperatorKey = "the-operators-own-secret", WrongKey = "not-the-operators-secret", FunctionKey = "a-function-key-in-the-query";

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string[] Settings => ["--urls", "http://127.0.0.1:0", "--Data:Folder", folder.Path, "--Logging:LogLevel:Default", "Trace"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_full_run_writes_no_secret_to_the_console()
    {
        using var receipts = SigningKey.Create();
        string pem = receipts.ToPem();
        await using var collector = await FakeServer.StartAsync(_ => { });
        using var service = await ServiceProcess.StartAsync(
            [.. Settings, "--Pages:Entries", "2", "--Operator:Key", OperatorKey, "--Receipts:Key", pem],
            new Dictionary<string, string>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address.ToString(),
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_EXPORTER_OTLP_HEADERS"] = "authorization=the-collectors-token",
            });
        using var http = new HttpClient { BaseAddress = service.Address };

        await UseAllRoutesAsync(http, new Device());
        var output = await service.FinishAsync();

        Assert.Contains("Refused a second history", output, StringComparison.Ordinal);
        AssertSilent(output, [.. PiecesOf(pem), "the-collectors-token"]);
        Assert.All(collector.Requests, request => AssertSilent(System.Text.Encoding.Latin1.GetString(request.Body), PiecesOf(pem)));
    }

    [Fact]
    public async Task Storage_that_cannot_be_reached_is_named_without_its_key()
    {
        var away = $"http://127.0.0.1:{FreePort()}/devstoreaccount1";
        const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

        var (exitCode, error) = await ServiceProcess.FailAsync(
            [.. Settings, "--Storage:Accounts", $"AccountName=devstoreaccount1;AccountKey={Key};BlobEndpoint={away};QueueEndpoint={away};TableEndpoint={away}"]);

        Assert.Equal(1, exitCode);
        AssertSilent(error, [Key, "AccountKey"]);
    }

    [Fact]
    public async Task A_connection_string_where_none_belongs_is_refused_without_repeating_it()
    {
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(64));

        var (exitCode, error) = await ServiceProcess.FailAsync(
            [.. Settings, "--Storage:Accounts", $"DefaultEndpointsProtocol=https;AccountName=logs;AccountKey={key};EndpointSuffix=core.windows.net"]);

        Assert.Equal(1, exitCode);
        AssertSilent(error, [key]);
    }

    [Fact]
    public async Task A_receipt_key_that_is_none_is_refused_without_repeating_it()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var pem = other.ExportPkcs8PrivateKeyPem();

        var (exitCode, error) = await ServiceProcess.FailAsync([.. Settings, "--Receipts:Key", pem]);

        Assert.Equal(1, exitCode);
        AssertSilent(error, PiecesOf(pem));
    }

    [Fact]
    public async Task An_operator_key_that_is_too_short_is_refused_without_repeating_it()
    {
        var (exitCode, error) = await ServiceProcess.FailAsync([.. Settings, "--Operator:Key", "short-secret"]);

        Assert.Equal(1, exitCode);
        Assert.DoesNotContain("short-secret", error, StringComparison.Ordinal);
    }

    /// <summary>Each route as it is meant, and each as it is not.</summary>
    private static async Task UseAllRoutesAsync(HttpClient http, Device device)
    {
        var (log, content) = (device.Path, A.Bytes(100));
        var backup = device.RestoreFromBackup();
        await PostAsync(http, log + "/segments", device.Write("one"));
        Assert.Equal(HttpStatusCode.Conflict, (await PostAsync(http, log + "/segments", backup.Write("another one"))).StatusCode);
        await PostAsync(http, log + "/segments", device.Write("two", "three"));
        await PostAsync(http, log + "/segments", content);
        foreach (var path in (string[])[log, log + "/entries", log + "/pages", log + "/forks", "/api/health/live", "/api/health/ready", "/api/openapi/v1.json", "/", "/nowhere"])
        {
            await SendAsync(http, HttpMethod.Get, $"{path}?code={FunctionKey}", null);
            await SendAsync(http, HttpMethod.Get, path, null, ("x-functions-key", FunctionKey), ("Cookie", FunctionKey));
        }
        var address = new Cid(CidKind.Sha256, Digest.Of(content));
        await SendAsync(http, HttpMethod.Put, $"/api/v1/content/{address}", content);
        await SendAsync(http, HttpMethod.Put, $"/api/v1/content/{address}", [1]);
        await SendAsync(http, HttpMethod.Get, $"/api/v1/content/{address}?sig={FunctionKey}", null);
        foreach (var key in (string[])[OperatorKey, WrongKey])
        {
            (string, string) bearer = ("Authorization", $"Bearer {key}");
            foreach (var (method, path) in (IEnumerable<(HttpMethod, string)>)[
                (HttpMethod.Get, "quarantine"), (HttpMethod.Get, "quarantine/1"), (HttpMethod.Post, "quarantine/1/replay"), (HttpMethod.Delete, "quarantine/1"), (HttpMethod.Get, "checks")])
            {
                var response = await SendAsync(http, method, $"/api/v1/{path}", null, bearer);
                Assert.Equal(key == WrongKey, response.StatusCode == HttpStatusCode.Unauthorized);
                Assert.DoesNotContain(key, await response.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
            }
        }
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient http, string path, byte[] body) => SendAsync(http, HttpMethod.Post, path, body);

    private static Task<HttpResponseMessage> SendAsync(
        HttpClient http, HttpMethod method, string path, byte[]? body, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new ByteArrayContent(body) { Headers = { ContentType = new(TestService.Protobuf) } };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return http.SendAsync(request, Ct);
    }

    private static void AssertSilent(string output, IEnumerable<string> secrets) =>
        Assert.All([.. secrets, OperatorKey, WrongKey, FunctionKey], secret => Assert.DoesNotContain(secret, output, StringComparison.Ordinal));

    /// <summary>The lines that matter of a PEM: none of them may appear by itself either.</summary>
    private static IEnumerable<string> PiecesOf(string pem) => pem.Split('\n').Where(line => line.Length >= 16 && !line.StartsWith('-'));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
