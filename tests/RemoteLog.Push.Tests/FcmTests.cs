using System.Buffers.Text;
using System.Text.Json;
using RemoteLog.Protocol;
using RemoteLog.Push.Emulators;
using RemoteLog.Server.Wake;
using RemoteLog.Testing;

namespace RemoteLog.Push.Tests;

public sealed class FcmTests
{
    private static readonly HintKey Key = HintKey.Create();

    [Theory]
    [InlineData(PushChannel.Fcm, false, "NORMAL", "background", "5")]
    [InlineData(PushChannel.FcmHigh, false, "HIGH", "alert", "10")]
    [InlineData(PushChannel.Fcm, true, "NORMAL", "background", "5")]
    public async Task Google_takes_a_hint_and_the_device_reads_it(PushChannel channel, bool isInstallation, string priority, string type, string level)
    {
        await using var push = await TestPush.StartAsync(google: true);
        var device = push.Google.AddDevice(isInstallation);

        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(TestPush.Target(device, Key, channel)));

        var message = device.Received!.Value;
        Assert.True(Key.TryDecrypt(Base64Url.DecodeFromChars(message.GetProperty("data").GetProperty("h").GetString()), out Hint? hint));
        Assert.Equal(TestPush.Message().Hint.Moved, hint.Moved);
        Assert.False(message.TryGetProperty("notification", out _));
        Assert.Equal((priority, "604800s"), (message.GetProperty("android").GetProperty("priority").GetString(), message.GetProperty("android").GetProperty("ttl").GetString()));
        var headers = message.GetProperty("apns").GetProperty("headers");
        Assert.Equal((type, level), (headers.GetProperty("apns-push-type").GetString(), headers.GetProperty("apns-priority").GetString()));
    }

    public static TheoryData<ScriptedAnswer, PushOutcome> Answers() => new()
    {
        { FcmEmulator.Fault(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"), new PushOutcome.Gone(null) },
        { FcmEmulator.Fault(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "message.token"), new PushOutcome.Gone(null) },
        { FcmEmulator.Fault(400, "INVALID_ARGUMENT", field: "message.android.ttl"), new PushOutcome.OurBug("400 INVALID_ARGUMENT") },
        { FcmEmulator.Fault(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "message.android.ttl"), new PushOutcome.OurBug("400 INVALID_ARGUMENT") },
        { FcmEmulator.Fault(400, "INVALID_ARGUMENT"), new PushOutcome.OurBug("400 INVALID_ARGUMENT") },
        { FcmEmulator.Fault(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"), new PushOutcome.CredentialFault("401 THIRD_PARTY_AUTH_ERROR") },
        { FcmEmulator.Fault(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"), new PushOutcome.CredentialFault("403 SENDER_ID_MISMATCH") },
        { FcmEmulator.Fault(403, "PERMISSION_DENIED"), new PushOutcome.CredentialFault("403 PERMISSION_DENIED") },
        { FcmEmulator.Fault(404, "NOT_FOUND", "UNREGISTERED"), new PushOutcome.Gone(null) },
        { FcmEmulator.Fault(404, "NOT_FOUND"), new PushOutcome.CredentialFault("404 NOT_FOUND") },
        { new ScriptedAnswer(404, "<html>Not Found</html>"), new PushOutcome.CredentialFault("answered 404") },
        { FcmEmulator.Fault(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"), new PushOutcome.HostPause(TimeSpan.FromSeconds(60)) },
        { FcmEmulator.Fault(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", retryAfter: "90"), new PushOutcome.HostPause(TimeSpan.FromSeconds(90)) },
        { FcmEmulator.Fault(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", retryAfter: "1"), new PushOutcome.HostPause(TimeSpan.FromSeconds(10)) },
        { FcmEmulator.Fault(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", retryAfter: "86400"), new PushOutcome.HostPause(TimeSpan.FromHours(1)) },
        { FcmEmulator.Fault(500, "INTERNAL", "INTERNAL"), new PushOutcome.RetryAfter(null) },
        { FcmEmulator.Fault(503, "UNAVAILABLE", "UNAVAILABLE"), new PushOutcome.RetryAfter(null) },
        { FcmEmulator.Fault(503, "UNAVAILABLE", "UNAVAILABLE", retryAfter: "3"), new PushOutcome.RetryAfter(TimeSpan.FromSeconds(10)) },
        { FcmEmulator.Fault(503, "UNAVAILABLE", "UNAVAILABLE", retryAfter: "30"), new PushOutcome.RetryAfter(TimeSpan.FromSeconds(30)) },
        { FcmEmulator.Fault(500, "INTERNAL", retryAfter: "99999"), new PushOutcome.RetryAfter(TimeSpan.FromHours(1)) },
        { new ScriptedAnswer(502, "<html>Bad Gateway</html>"), new PushOutcome.RetryAfter(null) },
        { new ScriptedAnswer(400, "<html>Bad Request</html>"), new PushOutcome.RetryAfter(null) },
        { new ScriptedAnswer(400), new PushOutcome.RetryAfter(null) },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task An_answer_means_what_Google_documents(ScriptedAnswer answer, PushOutcome expected)
    {
        await using var push = await TestPush.StartAsync(google: true);
        var device = push.Google.AddDevice();
        device.Script.Enqueue(answer);

        Assert.Equal(expected, await push.SendAsync(TestPush.Target(device, Key)));
    }

    [Theory]
    [InlineData("SENDER_ID_MISMATCH")]
    [InlineData(null)]
    public async Task Where_others_are_accepted_a_token_of_another_project_is_gone(string? code)
    {
        await using var push = await TestPush.StartAsync(google: true);
        var (good, foreign) = (push.Google.AddDevice(), push.Google.AddDevice());
        foreign.Script.Enqueue(FcmEmulator.Fault(403, "PERMISSION_DENIED", code));
        await push.SendAsync(TestPush.Target(good, Key));

        Assert.IsType<PushOutcome.Gone>(await push.SendAsync(TestPush.Target(foreign, Key)));
    }

    [Fact]
    public async Task One_access_token_serves_many_hints_and_a_stale_one_is_renewed_once()
    {
        await using var push = await TestPush.StartAsync(google: true);
        var devices = Enumerable.Range(0, 30).Select(_ => push.Google.AddDevice()).ToList();
        Assert.All(await Task.WhenAll(devices.Select(device => push.SendAsync(TestPush.Target(device, Key)))), outcome => Assert.IsType<PushOutcome.Accepted>(outcome));
        Assert.Equal(1, push.Google.TokensGiven);

        push.Google.RevokeTokens();
        Assert.All(await Task.WhenAll(devices.Select(device => push.SendAsync(TestPush.Target(device, Key)))), outcome => Assert.IsType<PushOutcome.Accepted>(outcome));

        Assert.Equal(2, push.Google.TokensGiven);
    }

    [Fact]
    public async Task A_token_that_stays_refused_is_a_fault_of_our_credentials()
    {
        await using var push = await TestPush.StartAsync(google: true);
        var device = push.Google.AddDevice();
        for (var answer = 0; answer < 3; answer++) device.Script.Enqueue(FcmEmulator.Fault(401, "UNAUTHENTICATED"));

        Assert.Equal(new PushOutcome.CredentialFault("401 UNAUTHENTICATED"), await push.SendAsync(TestPush.Target(device, Key)));
        Assert.Single(device.Script);
    }

    [Fact]
    public async Task An_account_that_Google_does_not_know_is_a_fault_of_our_credentials()
    {
        await using var push = await TestPush.StartAsync(google: true);
        push.Google.TokenScript.Enqueue(new ScriptedAnswer(400, """{"error":"invalid_grant"}"""));

        Assert.IsType<PushOutcome.CredentialFault>(await push.SendAsync(TestPush.Target(push.Google.AddDevice(), Key)));
        Assert.Equal(0, push.Google.Requests);
    }

    [Fact]
    public async Task After_a_pause_the_rate_comes_back_within_a_minute()
    {
        await using var push = await TestPush.StartAsync(options => options with { Fcm = options.Fcm with { PerSecond = 100 } }, google: true);
        var device = push.Google.AddDevice();
        device.Script.Enqueue(FcmEmulator.Fault(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"));
        await push.SendAsync(TestPush.Target(device, Key));

        push.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.InRange(await BurstAsync(), 0, 1);
        push.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.InRange(await BurstAsync(), 45, 55);
        push.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(100, await BurstAsync());

        async Task<int> BurstAsync()
        {
            var accepted = 0;
            while (await push.SendAsync(TestPush.Target(device, Key)) is PushOutcome.Accepted) accepted++;
            return accepted;
        }
    }

    [Fact]
    public async Task Collapsible_hints_beyond_a_device_s_bucket_are_late_but_not_refused()
    {
        await using var push = await TestPush.StartAsync(google: true);
        var device = push.Google.AddDevice();

        for (var hint = 0; hint < 25; hint++) Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(TestPush.Target(device, Key)));

        Assert.Equal((20, 5), (device.Deliveries, device.Delayed));
    }

    [Fact]
    public async Task A_device_of_another_project_is_not_sent_to_under_this_one()
    {
        await using var push = await TestPush.StartAsync(google: true);
        var target = TestPush.Target(push.Google.AddDevice(), Key);

        Assert.IsType<PushOutcome.CredentialFault>(await push.SendAsync(target with { App = "another" }));
        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(target with { App = FcmEmulator.Project }));
    }

    [Fact]
    public async Task What_is_no_registration_token_cannot_change_the_message()
    {
        await using var push = await TestPush.StartAsync(google: true);

        Assert.IsType<PushOutcome.Strike>(await push.SendAsync(TestPush.Target(new AndroidDevice("x\",\"topic\":\"news"), Key)));
        Assert.Equal(0, push.Google.Requests);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("no json")]
    [InlineData("""{"type":"service_account","project_id":"p","private_key_id":"1","private_key":"SECRET","client_email":"a@b","token_uri":"https://oauth2.googleapis.com/token"}""")]
    public void What_is_no_service_account_is_refused_at_the_start_and_not_quoted(string credentials)
    {
        using var folder = new TemporaryFolder();
        var options = new PushOptions { Fcm = new FcmOptions { Credentials = credentials } };

        var exception = Assert.Throws<ArgumentException>(() => PushServices.Open(options, folder.Path, new RecordingLogger(), TimeProvider.System));

        Assert.Contains("Push:Fcm:Credentials", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", exception.ToString(), StringComparison.Ordinal);
    }
}
