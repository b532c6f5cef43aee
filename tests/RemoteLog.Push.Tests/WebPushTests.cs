using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using RemoteLog.Protocol;
using RemoteLog.Push.Emulators;
using RemoteLog.Server.Wake;
using RemoteLog.Testing;

namespace RemoteLog.Push.Tests;

public sealed class WebPushTests
{
    [Theory]
    [InlineData(PushChannel.WebPush, "high")]
    [InlineData(PushChannel.UnifiedPush, "normal")]
    public async Task A_strict_service_takes_a_hint_and_the_device_reads_it(PushChannel channel, string urgency)
    {
        await using var push = await TestPush.StartAsync();
        var subscriber = push.Subscribe();

        var outcome = await push.SendAsync(TestPush.Target(subscriber, channel));

        Assert.IsType<PushOutcome.Accepted>(outcome);
        Assert.Empty(push.Web.Refusals);
        Assert.Equal(TestPush.Message().Hint.Moved, Assert.Single(subscriber.Fetch()).Moved);
        Assert.Equal(urgency, subscriber.LastUrgency);
    }

    [Fact]
    public async Task A_newer_hint_replaces_one_that_waits()
    {
        await using var push = await TestPush.StartAsync();
        var subscriber = push.Subscribe();

        await push.SendAsync(TestPush.Target(subscriber), TestPush.Message(sequence: 1));
        await push.SendAsync(TestPush.Target(subscriber), TestPush.Message(sequence: 2));

        Assert.Equal(2, Assert.Single(subscriber.Fetch()).Moved[0].Sequence);
    }

    [Theory]
    [InlineData(40, 28 * 24 * 3600)]
    [InlineData(-1, 0)]
    public async Task A_time_to_live_is_kept_within_what_services_take(int days, int seconds)
    {
        await using var push = await TestPush.StartAsync();
        var subscriber = push.Subscribe();

        var outcome = await push.SendAsync(TestPush.Target(subscriber), TestPush.Message() with { TimeToLive = TimeSpan.FromDays(days) });

        Assert.IsType<PushOutcome.Accepted>(outcome);
        Assert.Equal(seconds, subscriber.LastTimeToLive);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(201)]
    [InlineData(202)]
    [InlineData(204)]
    public async Task Every_way_to_say_yes_is_one(int status)
    {
        await using var push = await TestPush.StartAsync();
        push.Web.AcceptedStatus = status;

        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(push.Subscribe()));
    }

    public static TheoryData<int, string, string?, PushOutcome> Answers() => new()
    {
        { 400, "{}", null, new PushOutcome.OurBug("answered 400") },
        { 400, "UnauthorizedRegistration", null, new PushOutcome.Strike("answered 400") },
        { 404, "", null, new PushOutcome.Gone(null) },
        { 410, "", null, new PushOutcome.Gone(null) },
        { 404, """{"errno":102}""", null, new PushOutcome.Gone(null) },
        { 410, """{"errno":103}""", null, new PushOutcome.Gone(null) },
        { 410, """{"errno":106}""", null, new PushOutcome.Gone(null) },
        { 406, "", "30", new PushOutcome.HostPause(TimeSpan.FromSeconds(30)) },
        { 429, "", null, new PushOutcome.HostPause(TimeSpan.FromSeconds(60)) },
        { 429, "", "120", new PushOutcome.HostPause(TimeSpan.FromSeconds(120)) },
        { 429, "", "date", new PushOutcome.HostPause(TimeSpan.FromSeconds(90)) },
        { 429, "", "86400", new PushOutcome.HostPause(TimeSpan.FromHours(1)) },
        { 503, """{"errno":201}""", null, new PushOutcome.HostPause(TimeSpan.FromSeconds(60)) },
        { 503, """{"errno":202}""", null, new PushOutcome.RetryAfter(TimeSpan.Zero) },
        { 408, "", null, new PushOutcome.RetryAfter(null) },
        { 500, "", null, new PushOutcome.RetryAfter(null) },
        { 502, "", null, new PushOutcome.RetryAfter(null) },
        { 503, "", "45", new PushOutcome.RetryAfter(TimeSpan.FromSeconds(45)) },
        { 413, "", null, new PushOutcome.OurBug("answered 413") },
        { 413, """{"errno":104}""", null, new PushOutcome.OurBug("answered 413") },
        { 507, "", null, new PushOutcome.Unheard() },
        { 301, "", null, new PushOutcome.Strike("answered 301") },
        { 302, "", null, new PushOutcome.Strike("answered 302") },
        { 307, "", null, new PushOutcome.Strike("answered 307") },
        { 308, "", null, new PushOutcome.Strike("answered 308") },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task An_answer_means_what_the_services_document(int status, string body, string? retryAfter, PushOutcome expected)
    {
        await using var push = await TestPush.StartAsync();
        if (retryAfter == "date") retryAfter = push.Time.GetUtcNow().AddSeconds(90).ToString("R", CultureInfo.InvariantCulture);
        var answer = new ScriptedAnswer(status, body) { RetryAfter = retryAfter };

        var outcome = await push.SendAsync(push.Subscribe(), answer);

        Assert.True(expected == outcome || (expected is PushOutcome.HostPause(var pause) && outcome is PushOutcome.HostPause(var told) && (pause - told).Duration() < TimeSpan.FromSeconds(1)), $"{outcome}");
    }

    [Theory]
    [InlineData(401, "")]
    [InlineData(403, "")]
    [InlineData(401, """{"errno":109}""")]
    public async Task Where_others_are_accepted_a_refusal_is_a_strike(int status, string body)
    {
        await using var push = await TestPush.StartAsync();
        await push.SendAsync(push.Subscribe());

        Assert.IsType<PushOutcome.Strike>(await push.SendAsync(push.Subscribe(), new ScriptedAnswer(status, body)));
        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(push.Subscribe()));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task Where_nobody_is_accepted_a_refusal_is_a_fault_of_our_credentials(int status)
    {
        await using var push = await TestPush.StartAsync();

        Assert.IsType<PushOutcome.CredentialFault>(await push.SendAsync(push.Subscribe(), new ScriptedAnswer(status)));
        Assert.IsType<PushOutcome.HostPause>(await push.SendAsync(push.Subscribe()));
    }

    [Fact]
    public async Task Where_nobody_was_accepted_for_long_several_refusals_are_a_fault_of_our_credentials()
    {
        await using var push = await TestPush.StartAsync();
        await push.SendAsync(push.Subscribe());
        push.Time.Advance(TimeSpan.FromMinutes(11));

        Assert.IsType<PushOutcome.Strike>(await push.SendAsync(push.Subscribe(), new ScriptedAnswer(403)));
        Assert.IsType<PushOutcome.Strike>(await push.SendAsync(push.Subscribe(), new ScriptedAnswer(403)));
        Assert.IsType<PushOutcome.CredentialFault>(await push.SendAsync(push.Subscribe(), new ScriptedAnswer(403)));
    }

    [Fact]
    public async Task A_service_that_hangs_is_given_up_after_ten_seconds()
    {
        await using var push = await TestPush.StartAsync();
        var subscriber = push.Subscribe();
        var sending = push.SendAsync(subscriber, ScriptedAnswer.Hang);
        await push.Web.ArrivalAsync(TestPush.Ct);

        push.Time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(sending.IsCompleted);
        push.Time.Advance(TimeSpan.FromSeconds(0.2));

        Assert.Equal(new PushOutcome.RetryAfter(null), await sending);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_a_passing_fault()
    {
        await using var push = await TestPush.StartAsync();

        Assert.Equal(new PushOutcome.RetryAfter(null), await push.SendAsync(push.Subscribe(), ScriptedAnswer.Reset));
    }

    [Fact]
    public async Task A_host_that_is_not_there_is_a_passing_fault()
    {
        await using var push = await TestPush.StartAsync();

        Assert.Equal(new PushOutcome.RetryAfter(null), await push.SendAsync(push.Subscribe("nobody.push.example")));
    }

    [Fact]
    public async Task A_caller_s_cancellation_passes_through_and_leaves_room_for_others()
    {
        await using var push = await TestPush.StartAsync(options => options with { Hosts = options.Hosts with { InFlight = 1 } });
        using var cancellation = new CancellationTokenSource();
        var subscriber = push.Subscribe();
        subscriber.Script.Enqueue(ScriptedAnswer.Hang);
        var sending = push.Services.SendAsync(TestPush.Target(subscriber), TestPush.Message(), cancellation.Token).AsTask();
        await push.Web.ArrivalAsync(TestPush.Ct);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(subscriber));
    }

    [Fact]
    public async Task A_device_whose_key_is_none_is_struck()
    {
        await using var push = await TestPush.StartAsync();

        var outcome = await push.SendAsync(TestPush.Target(push.Subscribe()) with { PublicKey = new byte[65] });

        Assert.IsType<PushOutcome.Strike>(outcome);
        Assert.Equal(0, push.Web.Requests);
    }

    [Fact]
    public async Task A_token_serves_until_an_hour_before_its_end()
    {
        await using var push = await TestPush.StartAsync();
        var subscriber = push.Subscribe();
        await push.SendAsync(subscriber);
        var first = subscriber.LastToken;

        push.Time.Advance(TimeSpan.FromHours(10.9));
        await push.SendAsync(subscriber);
        var second = subscriber.LastToken;
        push.Time.Advance(TimeSpan.FromHours(0.2));
        await push.SendAsync(subscriber);

        Assert.Equal(first, second);
        Assert.NotEqual(first, subscriber.LastToken);
        Assert.Empty(push.Web.Refusals);
    }

    [Fact]
    public async Task Each_host_gets_a_token_of_its_own()
    {
        await using var push = await TestPush.StartAsync();
        var (one, other) = (push.Subscribe("a.push.example"), push.Subscribe("b.push.example"));

        await push.SendAsync(one);
        await push.SendAsync(other);

        Assert.NotEqual(one.LastToken, other.LastToken);
        Assert.Empty(push.Web.Refusals);
    }

    [Fact]
    public async Task The_key_outlives_the_process()
    {
        await using var push = await TestPush.StartAsync();
        var key = push.Services.VapidPublicKey;

        push.Reopen(new PushOptions());

        Assert.Equal(key, push.Services.VapidPublicKey);
    }

    [Fact]
    public async Task While_the_key_changes_each_device_is_sent_to_under_the_one_it_subscribed_with()
    {
        var (current, previous) = (NewKey(out var currentPublic), NewKey(out var previousPublic));
        await using var push = await TestPush.StartAsync(options => options with { Vapid = options.Vapid with { Key = current, PreviousKey = previous } });

        Assert.Equal(currentPublic, push.Services.VapidPublicKey);
        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(push.Subscribe(key: currentPublic)));
        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(push.Subscribe(key: previousPublic)));
        Assert.Empty(push.Web.Refusals);
    }

    [Fact]
    public async Task A_device_that_subscribed_with_an_unknown_key_is_not_held_responsible_nor_is_its_host()
    {
        NewKey(out var unknown);
        await using var push = await TestPush.StartAsync();

        Assert.IsType<PushOutcome.CredentialFault>(await push.SendAsync(push.Subscribe(key: unknown)));
        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(push.Subscribe()));
    }

    [Fact]
    public void Many_instances_are_not_left_to_make_a_key_each()
    {
        var exception = Assert.Throws<ArgumentException>(() => PushServices.Open(new PushOptions(), dataFolder: null, new RecordingLogger(), TimeProvider.System));

        Assert.Contains("Push:Vapid:Key", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no key")]
    [InlineData("secp256k1")]
    public void What_is_no_P256_key_is_refused_at_the_start(string key)
    {
        if (key == "secp256k1")
        {
            using var other = ECDsa.Create(ECCurve.CreateFromValue("1.3.132.0.10"));
            key = other.ExportPkcs8PrivateKeyPem();
        }
        using var folder = new TemporaryFolder();

        Assert.Throws<ArgumentException>(() => PushServices.Open(new PushOptions { Vapid = new VapidOptions { Key = key } }, folder.Path, new RecordingLogger(), TimeProvider.System));
    }

    private static string NewKey(out string publicKey)
    {
        using var key = SigningKey.Create();
        publicKey = Base64Url.EncodeToString(key.ExportPublicKey());
        return key.ToPem();
    }
}
