using System.Buffers.Text;
using System.Text.Json;
using RemoteLog.Protocol;
using RemoteLog.Push.Emulators;
using RemoteLog.Server.Wake;
using RemoteLog.Testing;

namespace RemoteLog.Push.Tests;

public sealed class ApnsTests
{
    private static readonly HintKey Key = HintKey.Create();
    private static readonly DateTimeOffset Since = A.Moment.AddDays(-1);

    [Theory]
    [InlineData(PushChannel.Apns, """{"content-available":1}""")]
    [InlineData(PushChannel.ApnsAlert, """{"alert":{"loc-key":"REMOTELOG_NEWS"},"mutable-content":1}""")]
    public async Task Apple_takes_a_hint_and_the_device_reads_it(PushChannel channel, string aps)
    {
        await using var push = await TestPush.StartAsync(apple: true);
        var device = push.Apple.AddDevice();

        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(TestPush.Target(device, Key, channel)));

        using var payload = JsonDocument.Parse(device.Undelivered);
        Assert.Equal(aps, payload.RootElement.GetProperty("aps").GetRawText());
        Assert.True(Key.TryDecrypt(Base64Url.DecodeFromChars(payload.RootElement.GetProperty("h").GetString()), out Hint? hint));
        Assert.Equal(TestPush.Message().Hint.Moved, hint.Moved);
        Assert.Equal(TestPush.Message().Id.ToString(), device.LastId);
    }

    [Fact]
    public async Task A_token_of_any_length_is_sent_to_and_an_app_may_be_another_of_the_team_s()
    {
        await using var push = await TestPush.StartAsync(apple: true);
        var device = push.Apple.AddDevice(tokenBytes: 80);
        device.Topic = "org.example.other";

        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(TestPush.Target(device, Key) with { App = "org.example.other" }));
    }

    public static TheoryData<int, string, bool, PushOutcome> Answers()
    {
        var data = new TheoryData<int, string, bool, PushOutcome>
        {
            { 400, "BadDeviceToken", false, new PushOutcome.Gone(null) },
            { 410, "Unregistered", true, new PushOutcome.Gone(Since) },
            { 410, "ExpiredToken", true, new PushOutcome.Gone(Since) },
            { 410, "Unregistered", false, new PushOutcome.Gone(null) },
            { 429, "TooManyRequests", false, new PushOutcome.TooMany() },
            { 429, "TooManyProviderTokenUpdates", false, new PushOutcome.RetryAfter(null) },
            { 500, "InternalServerError", false, new PushOutcome.RetryAfter(TimeSpan.FromMinutes(15)) },
            { 503, "ServiceUnavailable", false, new PushOutcome.RetryAfter(TimeSpan.FromMinutes(15)) },
            { 503, "Shutdown", false, new PushOutcome.RetryAfter(null) },
        };
        foreach (var reason in new[] { "BadCollapseId", "BadExpirationDate", "BadMessageId", "BadPriority", "BadTopic", "DuplicateHeaders", "InvalidPushType", "MissingDeviceToken", "MissingTopic", "PayloadEmpty" })
        {
            data.Add(400, reason, false, new PushOutcome.OurBug($"400 {reason}"));
        }
        data.Add(404, "BadPath", false, new PushOutcome.OurBug("404 BadPath"));
        data.Add(405, "MethodNotAllowed", false, new PushOutcome.OurBug("405 MethodNotAllowed"));
        data.Add(413, "PayloadTooLarge", false, new PushOutcome.OurBug("413 PayloadTooLarge"));
        foreach (var reason in new[] { "InvalidProviderToken", "MissingProviderToken", "Forbidden", "BadCertificate", "BadCertificateEnvironment", "BadEnvironmentKeyInToken" })
        {
            data.Add(403, reason, false, new PushOutcome.CredentialFault($"403 {reason}"));
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task An_answer_means_what_Apple_documents(int status, string reason, bool hasTime, PushOutcome expected)
    {
        await using var push = await TestPush.StartAsync(apple: true);
        var device = push.Apple.AddDevice();
        device.Script.Enqueue((status, reason, hasTime ? Since : null));

        Assert.Equal(expected, await push.SendAsync(TestPush.Target(device, Key)));
        Assert.Equal(0, device.Deliveries);
    }

    [Theory]
    [InlineData("DeviceTokenNotForTopic")]
    [InlineData("TopicDisallowed")]
    public async Task A_foreign_app_s_token_is_struck_unless_every_device_fails(string reason)
    {
        await using var push = await TestPush.StartAsync(apple: true);
        var (good, foreign) = (push.Apple.AddDevice(), push.Apple.AddDevice());
        for (var answer = 0; answer < 2; answer++) foreign.Script.Enqueue((400, reason, null));

        Assert.IsType<PushOutcome.CredentialFault>(await push.SendAsync(TestPush.Target(foreign, Key)));
        push.Time.Advance(TimeSpan.FromSeconds(61));
        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(TestPush.Target(good, Key)));
        Assert.IsType<PushOutcome.Strike>(await push.SendAsync(TestPush.Target(foreign, Key)));
    }

    [Fact]
    public async Task A_credential_fault_stops_that_app_alone()
    {
        await using var push = await TestPush.StartAsync(apple: true);
        var (device, other) = (push.Apple.AddDevice(), push.Apple.AddDevice());
        device.Script.Enqueue((403, "InvalidProviderToken", null));
        other.Topic = "org.example.other";

        await push.SendAsync(TestPush.Target(device, Key));

        Assert.IsType<PushOutcome.HostPause>(await push.SendAsync(TestPush.Target(device, Key)));
        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(TestPush.Target(other, Key) with { App = "org.example.other" }));
    }

    [Fact]
    public async Task A_device_that_production_does_not_know_is_looked_for_in_the_sandbox()
    {
        await using var push = await TestPush.StartAsync(options => options with { Apns = options.Apns with { Environment = ApnsEnvironment.Both } }, apple: true);
        await using var sandbox = await ApnsEmulator.StartAsync(push.Time, push.Apple);
        push.Network.Lead("api.sandbox.push.apple.com", sandbox.Port);
        var (ours, nobodys) = (sandbox.AddDevice(), new AppleDevice("00ff"));

        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(TestPush.Target(ours, Key)));
        Assert.IsType<PushOutcome.Gone>(await push.SendAsync(TestPush.Target(nobodys, Key)));
        Assert.Equal(1, ours.Deliveries);
    }

    [Fact]
    public async Task An_expired_token_costs_a_new_connection_a_new_token_and_one_more_try()
    {
        await using var push = await TestPush.StartAsync(apple: true);
        var device = push.Apple.AddDevice();
        device.Script.Enqueue((403, "ExpiredProviderToken", null));

        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(TestPush.Target(device, Key)));

        Assert.Equal((2, 2), (push.Apple.Connections, push.Apple.Tokens));
    }

    [Fact]
    public async Task A_token_that_is_expired_however_new_is_a_fault_of_our_credentials()
    {
        await using var push = await TestPush.StartAsync(apple: true);
        var device = push.Apple.AddDevice();
        for (var answer = 0; answer < 3; answer++) device.Script.Enqueue((403, "ExpiredProviderToken", null));

        Assert.IsType<PushOutcome.CredentialFault>(await push.SendAsync(TestPush.Target(device, Key)));
        Assert.Single(device.Script);
    }

    [Fact]
    public async Task An_idle_connection_is_replaced_and_the_hint_sent()
    {
        await using var push = await TestPush.StartAsync(apple: true);
        var device = push.Apple.AddDevice();
        device.Script.Enqueue((400, "IdleTimeout", null));

        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(TestPush.Target(device, Key)));
        Assert.Equal(2, push.Apple.Connections);
    }

    [Theory]
    [InlineData(500, "InternalServerError")]
    [InlineData(503, "Shutdown")]
    public async Task After_a_fault_of_Apple_s_the_next_hint_goes_over_another_connection(int status, string reason)
    {
        await using var push = await TestPush.StartAsync(apple: true);
        var device = push.Apple.AddDevice();
        device.Script.Enqueue((status, reason, null));
        await push.SendAsync(TestPush.Target(device, Key));

        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(TestPush.Target(device, Key)));
        Assert.Equal(2, push.Apple.Connections);
    }

    [Fact]
    public async Task A_hint_that_Apple_does_not_answer_is_given_up_after_ten_seconds_and_the_next_one_is_sent()
    {
        await using var push = await TestPush.StartAsync(apple: true);
        var device = push.Apple.AddDevice();
        device.Script.Enqueue((-1, string.Empty, null));
        var sending = push.SendAsync(TestPush.Target(device, Key));
        await push.Apple.ArrivalAsync(TestPush.Ct);

        push.Time.Advance(TimeSpan.FromSeconds(11));

        Assert.Equal(new PushOutcome.RetryAfter(null), await sending);
        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(TestPush.Target(device, Key)));
    }

    [Fact]
    public async Task A_cold_burst_goes_over_one_connection_that_is_warmed_up_and_no_stream_is_refused()
    {
        await using var push = await TestPush.StartAsync(apple: true);
        var devices = Enumerable.Range(0, 200).Select(_ => push.Apple.AddDevice()).ToList();

        var outcomes = await Task.WhenAll(devices.Select(device => push.SendAsync(TestPush.Target(device, Key))));

        Assert.All(outcomes, outcome => Assert.IsType<PushOutcome.Accepted>(outcome));
        Assert.Equal((1, 1, 0), (push.Apple.Connections, push.Apple.Tokens, push.Apple.RefusedStreams));
        Assert.All(devices, device => Assert.Equal(1, device.Deliveries));
    }

    [Fact]
    public async Task At_most_eighty_requests_are_under_way()
    {
        await using var push = await TestPush.StartAsync(apple: true);
        await push.SendAsync(TestPush.Target(push.Apple.AddDevice(), Key));
        await push.Apple.ArrivalAsync(TestPush.Ct);
        push.Apple.Hold();
        var sending = Enumerable.Range(0, 120).Select(_ => push.SendAsync(TestPush.Target(push.Apple.AddDevice(), Key))).ToList();
        for (var request = 0; request < 80; request++) await push.Apple.ArrivalAsync(TestPush.Ct);

        push.Apple.Release();

        Assert.All(await Task.WhenAll(sending), outcome => Assert.IsType<PushOutcome.Accepted>(outcome));
        Assert.Equal(80, push.Apple.PeakStreams);
    }

    [Fact]
    public async Task Streams_refused_because_the_limit_fell_are_sent_again_at_once()
    {
        await using var push = await TestPush.StartAsync(apple: true);
        var devices = Enumerable.Range(0, 100).Select(_ => push.Apple.AddDevice()).ToList();
        devices[10].Script.Enqueue((410, "Unregistered", null));
        devices[50].Script.Enqueue((410, "Unregistered", null));

        var outcomes = await Task.WhenAll(devices.Select(device => push.SendAsync(TestPush.Target(device, Key))));

        Assert.Equal(98, outcomes.Count(outcome => outcome is PushOutcome.Accepted));
        Assert.Equal(2, outcomes.Count(outcome => outcome is PushOutcome.Gone));
    }

    [Fact]
    public async Task What_was_under_way_when_Apple_let_a_connection_go_arrives_over_another()
    {
        await using var push = await TestPush.StartAsync(apple: true);
        await push.SendAsync(TestPush.Target(push.Apple.AddDevice(), Key));
        await push.Apple.ArrivalAsync(TestPush.Ct);
        push.Apple.Hold();
        var devices = Enumerable.Range(0, 20).Select(_ => push.Apple.AddDevice()).ToList();
        var sending = devices.Select(device => push.SendAsync(TestPush.Target(device, Key))).ToList();
        for (var request = 0; request < 20; request++) await push.Apple.ArrivalAsync(TestPush.Ct);

        await push.Apple.GoAwayAsync(lastStream: 1, code: 0, "Shutdown");
        push.Apple.Release();

        Assert.All(await Task.WhenAll(sending), outcome => Assert.IsType<PushOutcome.Accepted>(outcome));
        Assert.All(devices, device => Assert.Equal(1, device.Deliveries));
        Assert.Equal(2, push.Apple.Connections);
    }

    [Fact]
    public async Task A_hint_that_was_not_delivered_yet_is_replaced_by_the_next()
    {
        await using var push = await TestPush.StartAsync(apple: true);
        var device = push.Apple.AddDevice();

        for (var sequence = 1; sequence <= 2; sequence++) await push.SendAsync(TestPush.Target(device, Key), TestPush.Message(sequence: sequence));

        using var payload = JsonDocument.Parse(device.Undelivered);
        Assert.True(Key.TryDecrypt(Base64Url.DecodeFromChars(payload.RootElement.GetProperty("h").GetString()), out Hint? hint));
        Assert.Equal(2, hint.Moved[0].Sequence);
    }

    [Fact]
    public async Task Wherever_in_the_hour_an_instance_starts_its_tokens_are_neither_too_old_nor_too_new()
    {
        for (var start = 0; start < 40; start += 3)
        {
            // The emulator refuses a token older than an hour and another one within 20 minutes.
            await using var push = await TestPush.StartAsync(apple: true, start: new DateTimeOffset(2026, 3, 14, 0, start, 30, TimeSpan.Zero));
            var device = push.Apple.AddDevice();
            for (var minute = 0; minute < 250; minute++)
            {
                Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(TestPush.Target(device, Key)));
                push.Time.Advance(TimeSpan.FromMinutes(1));
            }
            Assert.InRange(push.Apple.Tokens, 6, 9);
            Assert.Equal(1, push.Apple.Connections);
        }
    }

    [Fact]
    public async Task Instances_that_share_nothing_say_the_same_in_their_tokens()
    {
        await using var push = await TestPush.StartAsync(apple: true);
        var device = push.Apple.AddDevice();
        await push.SendAsync(TestPush.Target(device, Key));
        push.Time.Advance(TimeSpan.FromMinutes(3));
        push.Reopen(new PushOptions { Apns = new ApnsOptions { Key = push.Apple.Pem, KeyId = push.Apple.KeyId, TeamId = push.Apple.TeamId, Topic = ApnsEmulator.Topic } });
        await push.SendAsync(TestPush.Target(device, Key));

        Assert.Single(push.Apple.TokenTimes.Distinct());
    }

    [Fact]
    public async Task When_Apple_has_seen_too_many_tokens_none_is_made_for_twenty_minutes()
    {
        await using var push = await TestPush.StartAsync(apple: true, start: new DateTimeOffset(2026, 3, 14, 0, 0, 30, TimeSpan.Zero));
        var device = push.Apple.AddDevice();
        await push.SendAsync(TestPush.Target(device, Key));
        push.Time.Advance(TimeSpan.FromMinutes(38));
        device.Script.Enqueue((429, "TooManyProviderTokenUpdates", null));
        await push.SendAsync(TestPush.Target(device, Key));

        push.Time.Advance(TimeSpan.FromMinutes(19));
        await push.SendAsync(TestPush.Target(device, Key));
        Assert.Equal(1, push.Apple.Tokens);
        push.Time.Advance(TimeSpan.FromMinutes(2));
        await push.SendAsync(TestPush.Target(device, Key));

        Assert.Equal(2, push.Apple.Tokens);
    }

    [Fact]
    public async Task What_is_no_device_token_reaches_no_path_of_Apple_s()
    {
        await using var push = await TestPush.StartAsync(apple: true);

        Assert.IsType<PushOutcome.Strike>(await push.SendAsync(TestPush.Target(new AppleDevice("../../1/apps"), Key)));
        Assert.Equal(0, push.Apple.Connections);
    }

    [Fact]
    public async Task Without_a_key_Apple_s_channels_are_not_there()
    {
        await using var push = await TestPush.StartAsync();

        Assert.Equal([PushChannel.WebPush, PushChannel.UnifiedPush, PushChannel.Webhook], push.Services.Channels);
        Assert.IsType<PushOutcome.CredentialFault>(await push.SendAsync(TestPush.Target(new AppleDevice("00"), Key)));
    }

    [Theory]
    [InlineData("no key", "ABC123DEFG", "TEAM", "org.example.app")]
    [InlineData("", "ABC", "TEAM", "org.example.app")]
    [InlineData("", "ABC123DEFG", "", "org.example.app")]
    [InlineData("", "ABC123DEFG", "TEAM", "")]
    public void Half_of_the_settings_is_refused_at_the_start(string key, string keyId, string team, string topic)
    {
        using var good = SigningKey.Create();
        using var folder = new TemporaryFolder();
        var options = new PushOptions { Apns = new ApnsOptions { Key = key.Length > 0 ? key : good.ToPem(), KeyId = keyId, TeamId = team, Topic = topic } };

        var exception = Assert.Throws<ArgumentException>(() => PushServices.Open(options, folder.Path, new RecordingLogger(), TimeProvider.System));
        Assert.Contains("Push:Apns", exception.Message, StringComparison.Ordinal);
    }
}
