using System.Net;
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
    public async Task A_run_that_wakes_devices_and_mirrors_logs_writes_no_secret_of_either()
    {
        // A push service that fails, so that there is something to tell; and no Bee node at all.
        var called = new TaskCompletionSource();
        await using var push = await FakeServer.StartAsync(context =>
        {
            context.Response.StatusCode = 500;
            called.TrySetResult();
        });
        await using var collector = await FakeServer.StartAsync(_ => { });
        using var google = RSA.Create(2048);
        using var bee = new ReservedPort();
        var (vapid, apple, mirror) = (A.Pem(), A.Pem(), A.Pem(ECCurve.CreateFromFriendlyName("secp256k1")));
        var (account, devices) = (google.ExportPkcs8PrivateKeyPem(), Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        using var service = await ServiceProcess.StartAsync(
            [
                .. Settings, "--Operator:Key", OperatorKey, "--Pages:Entries", "2", "--Triggers:PollMilliseconds", "10", "--Push:WindowSeconds", "1", "--Devices:Key", devices,
                "--Push:Endpoints:Mode", "Listed", "--Push:Endpoints:Hosts", $"http://127.0.0.1:{push.Address.Port} 127.0.0.0/8", "--Push:Vapid:Key", vapid,
                "--Push:Apns:Key", apple, "--Push:Apns:KeyId", "ABCDEFGHIJ", "--Push:Apns:TeamId", "TEAM", "--Push:Apns:Topic", "example.logs",
                "--Push:Fcm:Credentials", A.ServiceAccount(account), "--Mirror:Key", mirror, "--Swarm:Nodes", $"http://127.0.0.1:{bee.Number}", "--Swarm:Batches", new string('1', 64),
            ],
            new Dictionary<string, string> { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address.ToString(), ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf" });
        using var http = new HttpClient { BaseAddress = service.Address };
        var phone = new Phone { Endpoint = $"{push.Address}a-secret-endpoint" };
        var register = (DeviceStatement.Register)phone.Register();
        var writer = new Device();

        Assert.True((await SendAsync(http, HttpMethod.Put, phone.Path, register.ToArray())).IsSuccessStatusCode);
        await SendAsync(http, HttpMethod.Put, phone.Path, phone.Sign(register with { Number = ++phone.Number, Endpoint = "http://nobody.example/a-refused-endpoint" }).ToArray());
        await SendAsync(http, HttpMethod.Put, phone.Path + "/follows", phone.Follow(writer.Log).ToArray());
        await SendAsync(http, HttpMethod.Post, phone.Path + "/confirm", "a-token-that-is-none"u8.ToArray());
        await SendAsync(http, HttpMethod.Get, "/api/v1/push", null);
        await PostAsync(http, writer.Path + "/segments", writer.Write("one", "two"));
        await SendAsync(http, HttpMethod.Get, "/api/health/ready", null);
        await SendAsync(http, HttpMethod.Get, "/api/v1/checks", null, ("Authorization", $"Bearer {OperatorKey}"));
        await called.Task.WaitAsync(Ct);
        var output = await service.FinishAsync();

        string[] secrets =
        [
            .. PiecesOf(vapid), .. PiecesOf(apple), .. PiecesOf(mirror), .. PiecesOf(account), devices, "a-secret-endpoint", "a-refused-endpoint", "a-token-that-is-none",
            Convert.ToBase64String(register.Secret.Span),
        ];
        Assert.NotEmpty(output);
        AssertSilent(output, secrets);
        Assert.NotEmpty(collector.Requests);
        Assert.All(collector.Requests, request => AssertSilent(System.Text.Encoding.Latin1.GetString(request.Body), secrets));
        Assert.All(push.Requests, request => Assert.Null(request.TraceParent));
    }

    [Fact]
    public async Task Whoever_misuses_or_loses_a_signed_link_nothing_that_is_said_holds_its_signature()
    {
        await using var azurite = await AzuriteProcess.StartAsync();
        await using var collector = await FakeServer.StartAsync(_ => { });
        using var service = await ServiceProcess.StartAsync(
            [
                .. Settings, "--Operator:Key", OperatorKey, "--Storage:Accounts", azurite.ConnectionString, "--Storage:PatienceSeconds", "1", "--Content:Redirect", "signed",
            ],
            new Dictionary<string, string> { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address.ToString(), ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf" });
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = service.Address };
        var (content, absent) = ($"/api/v1/content/{Cid.Of("content"u8)}", $"/api/v1/content/{Cid.Of("absent"u8)}");
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(http, HttpMethod.Put, content, "content"u8.ToArray())).StatusCode);

        // A link that is used as it is meant; and all ways of bringing it, whole and cut off, to the service instead, which has a problem with each.
        List<string> signatures = [];
        var link = await LinkAsync();
        using (var stranger = new HttpClient()) Assert.Equal("content", await stranger.GetStringAsync(link, Ct));
        var query = link.Query[1..];
        foreach (var told in (string[])[query, query[..^20], $"{query}&code={FunctionKey}"])
        {
            foreach (var path in (string[])[absent, content + "x", "/api/v1/content/", link.AbsolutePath, new Device().Path, new Device().Path + "/entries"]) await RefuseAsync(HttpMethod.Get, path, told);
            await RefuseAsync(HttpMethod.Put, absent, told);
            await RefuseAsync(HttpMethod.Delete, content, told);
            await LinkAsync(told);
        }

        // Storage goes away: what fails then fails with the request's whole address at hand.
        await azurite.DisposeAsync();
        await RefuseAsync(HttpMethod.Get, content, query);
        await RefuseAsync(HttpMethod.Get, absent, query[..^20]);
        var output = await service.FinishAsync();

        Assert.NotEmpty(output);
        AssertSilent(output, signatures);
        Assert.NotEmpty(collector.Requests);
        Assert.All(collector.Requests, request => AssertSilent(System.Text.Encoding.Latin1.GetString(request.Body), signatures));

        async Task<Uri> LinkAsync(string? told = null)
        {
            using var answer = await SendAsync(http, HttpMethod.Get, told is null ? content : $"{content}?{told}", null);
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
            AssertSilent(await answer.Content.ReadAsStringAsync(Ct), signatures);
            var signature = Uri.UnescapeDataString(answer.Headers.Location!.Query.Split("sig=")[1].Split('&')[0]);

            // What is escaped differs from place to place: pieces that never are stand for all of it.
            var pieces = signature.Split('+', '/', '=');
            signatures.AddRange(pieces.Where(piece => piece.Length >= 8).Append(pieces.MaxBy(piece => piece.Length)!));
            return answer.Headers.Location;
        }

        async Task RefuseAsync(HttpMethod method, string path, string told)
        {
            using var answer = await SendAsync(http, method, $"{path}?{told}", method == HttpMethod.Put ? [1] : null);
            Assert.True((int)answer.StatusCode >= 400, $"{method} {path}: {answer.StatusCode}");
            AssertSilent(await answer.Content.ReadAsStringAsync(Ct) + answer.Headers, signatures);
        }
    }

    [Theory]
    [InlineData("Devices:Key", "not-32-bytes-in-base64")]
    [InlineData("Mirror:Key", "no-pem-of-any-key", "--Swarm:Nodes", "http://127.0.0.1:1", "--Swarm:Batches", "1111111111111111111111111111111111111111111111111111111111111111")]
    [InlineData("Push:Vapid:Key", "no-pem-of-any-key")]
    [InlineData("Push:Apns:Key", "no-pem-of-any-key", "--Push:Apns:KeyId", "ABCDEFGHIJ", "--Push:Apns:TeamId", "TEAM", "--Push:Apns:Topic", "example.logs")]
    [InlineData("Push:Fcm:Credentials", "no-json-of-any-account")]
    [InlineData("Swarm:Nodes", "http://user:a-password@127.0.0.1:1633", "--Swarm:Batches", "1111111111111111111111111111111111111111111111111111111111111111")]
    public async Task A_secret_that_cannot_be_used_is_refused_without_repeating_it(string setting, string value, params string[] others)
    {
        var (exitCode, error) = await ServiceProcess.FailAsync([.. Settings, $"--{setting}", value, .. others]);

        Assert.Equal(1, exitCode);
        Assert.Contains(setting.Split(':')[0], error, StringComparison.Ordinal);
        AssertSilent(error, [value, "a-password"]);
    }

    [Fact]
    public async Task Storage_that_cannot_be_reached_is_named_without_its_key()
    {
        using var port = new ReservedPort();
        var away = $"http://127.0.0.1:{port.Number}/devstoreaccount1";
        const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

        var (exitCode, error) = await ServiceProcess.FailAsync(
            [.. Settings, "--Storage:PatienceSeconds", "1", "--Storage:Accounts", $"AccountName=devstoreaccount1;AccountKey={Key};BlobEndpoint={away};QueueEndpoint={away};TableEndpoint={away}"]);

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
        var pem = A.Pem(ECCurve.NamedCurves.nistP384);

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
}
