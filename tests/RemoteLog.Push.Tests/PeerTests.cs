using System.Buffers.Text;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using RemoteLog.Protocol;
using RemoteLog.Push.Emulators;
using RemoteLog.Server.Wake;
using RemoteLog.Testing;

namespace RemoteLog.Push.Tests;

/// <summary>Others' implementations agree with ours, and others' clients with our emulators.</summary>
public sealed class PeerTests
{
    private static readonly byte[] Hello = "hello, device"u8.ToArray();

    [Fact]
    public async Task Http_ece_reads_our_hint()
    {
        using var key = HintKey.Create();
        var hint = TestPush.Message().Hint;
        var body = HintCipher.Encrypt(hint, key.PublicKey.Span, key.Secret.Span);

        var text = await Peer.RunAsync("decrypt", new { body = Text(body), privateKey = Text(key.Export()[..32]), secret = Text(key.Secret.Span) });

        var expected = new byte[HintText.Size];
        HintText.WritePadded(hint, expected);
        Assert.Equal(expected, Base64Url.DecodeFromChars(text.GetString()));
    }

    [Fact]
    public async Task Http_ece_encrypts_to_the_same_bytes()
    {
        using var sender = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        using var key = HintKey.Create();
        var salt = A.Bytes(16);

        var body = await Peer.RunAsync("encrypt", new
        {
            plaintext = Text(Hello),
            senderKey = Text(sender.ExportParameters(includePrivateParameters: true).D),
            publicKey = Text(key.PublicKey.Span),
            secret = Text(key.Secret.Span),
            salt = Text(salt),
        });

        Assert.Equal(Text(HintCipher.Encrypt(Hello, key.PublicKey.Span, key.Secret.Span, sender, salt)), body.GetString());
    }

    [Fact]
    public async Task We_read_what_web_push_encrypts_and_a_strict_service_gets_the_same_headers_from_both()
    {
        using var key = HintKey.Create();
        await using var push = await TestPush.StartAsync();
        var hook = await WebhookEmulator.StartAsync();
        push.Network.Lead("hook.example", hook.Port);
        var target = new PushTarget(PushChannel.WebPush, "https://hook.example/x", string.Empty, key.PublicKey, key.Secret);

        var request = await Peer.RunAsync("request", new
        {
            endpoint = target.Endpoint, publicKey = Text(key.PublicKey.Span), secret = Text(key.Secret.Span), plaintext = Text(Hello), subject = TestPush.Subject, topic = TestPush.Message().Topic,
        });
        await push.SendAsync(target);
        await hook.DisposeAsync();

        Assert.True(key.TryDecrypt(Base64Url.DecodeFromChars(request.GetProperty("body").GetString()), out byte[]? text));
        Assert.Equal(Hello, text);
        var ours = hook.Calls[0].Headers;
        foreach (var header in request.GetProperty("headers").EnumerateObject())
        {
            var name = header.Name.ToLowerInvariant();
            Assert.True(ours.ContainsKey(name), name);
            if (name is not ("authorization" or "content-length" or "ttl")) Assert.Equal(header.Value.ToString(), ours[name]);
        }
        Assert.Matches("^vapid t=[^,]+, k=[^,]+$", request.GetProperty("headers").GetProperty("Authorization").GetString());
        Assert.Matches("^vapid t=[^,]+, k=[^,]+$", ours["authorization"]);
    }

    [Fact]
    public async Task A_web_push_service_of_others_takes_our_hints_until_a_subscription_expires()
    {
        using var judge = await Peer.StartAsync("judge");
        var port = int.Parse((await judge.StandardOutput.ReadLineAsync(TestPush.Ct))!);
        await using var push = await TestPush.StartAsync(
            options => options with { Endpoints = new EndpointOptions { Mode = EndpointMode.Listed, Hosts = "http://push.lan" } }, start: TimeProvider.System.GetUtcNow());
        push.Network.Lead("push.lan", port);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        var (target, client) = await SubscribeAsync(http, push.Services.VapidPublicKey);

        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(target));
        var messages = (await PostAsync(http, "/get-notifications", new { clientHash = client })).GetProperty("data").GetProperty("messages");
        Assert.True(HintText.TryRead(System.Text.Encoding.UTF8.GetBytes(messages[0].GetString()!), out var hint));
        Assert.Equal(TestPush.Message().Hint.Moved, hint.Moved);

        using var expired = await http.PostAsync($"/expire-subscription/{client}", null, TestPush.Ct);
        Assert.IsType<PushOutcome.Gone>(await push.SendAsync(target));

        var (foreign, _) = await SubscribeAsync(http, Text(HintKey.Create().PublicKey.Span));
        Assert.IsNotType<PushOutcome.Accepted>(await push.SendAsync(foreign with { App = string.Empty }));
        judge.StandardInput.Close();
        await judge.WaitForExitAsync(TestPush.Ct);
    }

    [Fact]
    public async Task Node_apn_finds_our_APNs_as_Apple_s()
    {
        await using var apple = await ApnsEmulator.StartAsync(TimeProvider.System);
        var (good, gone, foreign) = (apple.AddDevice(), apple.AddDevice(), apple.AddDevice(tokenBytes: 50));
        gone.GoneSince = A.Moment;
        foreign.Topic = "org.example.other";

        var results = await Peer.RunAsync("apns", new
        {
            port = apple.Port, root = EmulatedNetwork.Certificate.ExportCertificatePem(), key = apple.Pem, keyId = apple.KeyId, teamId = apple.TeamId, topic = ApnsEmulator.Topic,
            devices = new[] { good.Token, new string('0', 64), gone.Token, foreign.Token, good.Token },
        });

        Assert.Equal(["200", "400 BadDeviceToken", "410 Unregistered", "400 DeviceTokenNotForTopic", "200"], results.EnumerateArray().Select(result => result.GetString()));
        Assert.Equal(2, good.Deliveries);
        Assert.Equal((1, 1), (apple.Connections, apple.Tokens));
    }

    [Fact]
    public async Task Googleapis_finds_our_FCM_as_Google_s()
    {
        await using var google = await FcmEmulator.StartAsync(TimeProvider.System);
        var (good, gone) = (google.AddDevice(), google.AddDevice());
        gone.Script.Enqueue(FcmEmulator.Fault(404, "NOT_FOUND", "UNREGISTERED"));

        var results = await Peer.RunAsync("fcm", new
        {
            port = google.PlainPort, project = FcmEmulator.Project, accessToken = google.IssueToken(), devices = new[] { good.Token, gone.Token, "nobody:APA91b" },
        });

        Assert.StartsWith($"projects/{FcmEmulator.Project}/messages/", results[0].GetString(), StringComparison.Ordinal);
        Assert.Equal("404 NOT_FOUND", results[1].GetString());
        Assert.Equal("400 INVALID_ARGUMENT", results[2].GetString());
        Assert.Equal(1, good.Deliveries);
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    private static async Task<(PushTarget Target, string Client)> SubscribeAsync(HttpClient http, string key)
    {
        var data = (await PostAsync(http, "/subscribe", new { userVisibleOnly = "true", applicationServerKey = key })).GetProperty("data");
        var path = new Uri(data.GetProperty("endpoint").GetString()!).AbsolutePath;
        var keys = data.GetProperty("keys");
        return (new PushTarget(
            PushChannel.UnifiedPush, $"http://push.lan{path}", key, Decode(keys.GetProperty("p256dh").GetString()!), Decode(keys.GetProperty("auth").GetString()!)),
            data.GetProperty("clientHash").GetString()!);
    }

    private static byte[] Decode(string base64) => Base64Url.DecodeFromChars(base64.Replace('+', '-').Replace('/', '_').TrimEnd('='));

    private static async Task<JsonElement> PostAsync(HttpClient http, string path, object body)
    {
        using var response = await http.PostAsJsonAsync(path, body, TestPush.Ct);
        return await response.Content.ReadFromJsonAsync<JsonElement>(TestPush.Ct);
    }
}
