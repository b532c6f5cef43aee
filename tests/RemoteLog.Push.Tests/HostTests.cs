using Microsoft.Extensions.Logging;
using RemoteLog.Push.Emulators;
using RemoteLog.Server.Wake;

namespace RemoteLog.Push.Tests;

/// <summary>What one host's behaviour means for whatever else is sent to it, and that it means nothing for others.</summary>
public sealed class HostTests
{
    private static readonly ScriptedAnswer Error = new(500);

    [Fact]
    public async Task A_paused_host_is_left_alone_for_as_long_as_it_asked_and_others_are_not()
    {
        await using var push = await TestPush.StartAsync();
        await push.SendAsync(push.Subscribe(), new ScriptedAnswer(429) { RetryAfter = "120" });
        var requests = push.Web.Requests;

        push.Time.Advance(TimeSpan.FromSeconds(119));
        var during = await push.SendAsync(push.Subscribe());
        var elsewhere = await push.SendAsync(push.Subscribe("a.push.example"));
        push.Time.Advance(TimeSpan.FromSeconds(2));
        var after = await push.SendAsync(push.Subscribe());

        Assert.Equal(new PushOutcome.HostPause(TimeSpan.FromSeconds(1)), during);
        Assert.IsType<PushOutcome.Accepted>(elsewhere);
        Assert.IsType<PushOutcome.Accepted>(after);
        Assert.Equal(requests + 2, push.Web.Requests);
    }

    [Fact]
    public async Task Twenty_failures_in_a_row_break_a_host_until_a_probe_succeeds()
    {
        await using var push = await TestPush.StartAsync();
        for (var failure = 0; failure < 20; failure++) Assert.IsType<PushOutcome.RetryAfter>(await push.SendAsync(push.Subscribe(), Error));

        Assert.Equal(new PushOutcome.HostPause(TimeSpan.FromSeconds(60)), await push.SendAsync(push.Subscribe()));
        Assert.Equal(20, push.Web.Requests);

        push.Time.Advance(TimeSpan.FromSeconds(61));
        Assert.IsType<PushOutcome.RetryAfter>(await push.SendAsync(push.Subscribe(), Error));
        Assert.IsType<PushOutcome.HostPause>(await push.SendAsync(push.Subscribe()));

        push.Time.Advance(TimeSpan.FromSeconds(61));
        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(push.Subscribe()));
        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(push.Subscribe()));
        Assert.Contains(push.Log.Entries, entry => entry is { Level: LogLevel.Warning } && entry.Text.Contains("keeps failing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_success_in_between_starts_the_count_over()
    {
        await using var push = await TestPush.StartAsync();
        for (var failure = 0; failure < 19; failure++) await push.SendAsync(push.Subscribe(), Error);
        push.Time.Advance(TimeSpan.FromSeconds(10));
        await push.SendAsync(push.Subscribe());

        await push.SendAsync(push.Subscribe(), Error);

        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(push.Subscribe()));
    }

    [Fact]
    public async Task Only_one_probe_goes_to_a_broken_host()
    {
        await using var push = await TestPush.StartAsync();
        for (var failure = 0; failure < 20; failure++) await push.SendAsync(push.Subscribe(), Error);
        push.Web.ForgetArrivals();
        push.Time.Advance(TimeSpan.FromSeconds(61));
        push.Web.Hold();

        var probe = push.SendAsync(push.Subscribe());
        await push.Web.ArrivalAsync(TestPush.Ct);
        var other = await push.SendAsync(push.Subscribe());
        push.Web.Release();

        Assert.IsType<PushOutcome.HostPause>(other);
        Assert.IsType<PushOutcome.Accepted>(await probe);
    }

    [Fact]
    public async Task A_probe_that_is_cancelled_leaves_room_for_the_next()
    {
        await using var push = await TestPush.StartAsync();
        for (var failure = 0; failure < 20; failure++) await push.SendAsync(push.Subscribe(), Error);
        push.Web.ForgetArrivals();
        push.Time.Advance(TimeSpan.FromSeconds(61));
        using var cancellation = new CancellationTokenSource();
        var subscriber = push.Subscribe();
        subscriber.Script.Enqueue(ScriptedAnswer.Hang);
        var probe = push.Services.SendAsync(TestPush.Target(subscriber), TestPush.Message(), cancellation.Token).AsTask();
        await push.Web.ArrivalAsync(TestPush.Ct);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probe);
        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(push.Subscribe()));
    }

    [Fact]
    public async Task A_host_that_does_not_accept_us_is_tried_again_and_operators_hear_of_it_once()
    {
        await using var push = await TestPush.StartAsync();
        await push.SendAsync(push.Subscribe(), new ScriptedAnswer(403));

        push.Time.Advance(TimeSpan.FromSeconds(61));
        Assert.IsType<PushOutcome.CredentialFault>(await push.SendAsync(push.Subscribe(), new ScriptedAnswer(403)));
        push.Time.Advance(TimeSpan.FromSeconds(61));
        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(push.Subscribe()));

        Assert.Single(push.Log.Entries, entry => entry.Level == LogLevel.Error);
    }

    [Fact]
    public async Task At_most_eight_requests_are_under_way_to_a_host_and_whoever_is_turned_away_comes_back_later_than_the_one_before()
    {
        await using var push = await TestPush.StartAsync();
        push.Web.Hold();
        var sending = Enumerable.Range(0, 8).Select(_ => push.SendAsync(push.Subscribe())).ToList();
        for (var request = 0; request < 8; request++) await push.Web.ArrivalAsync(TestPush.Ct);

        var ninth = await push.SendAsync(push.Subscribe());
        var tenth = await push.SendAsync(push.Subscribe());
        var elsewhere = push.SendAsync(push.Subscribe("a.push.example"));
        await push.Web.ArrivalAsync(TestPush.Ct);
        push.Web.Release();

        Assert.All(await Task.WhenAll([.. sending, elsewhere]), outcome => Assert.IsType<PushOutcome.Accepted>(outcome));
        Assert.Equal(8, push.Web.Peak(TestPush.Host));
        Assert.True(Assert.IsType<PushOutcome.HostPause>(ninth).Delay < Assert.IsType<PushOutcome.HostPause>(tenth).Delay);
    }

    [Fact]
    public async Task A_host_gets_twenty_requests_a_second_and_half_as_many_once_that_is_too_many()
    {
        await using var push = await TestPush.StartAsync();
        var subscriber = push.Subscribe();

        Assert.Equal(20, await BurstAsync(push, subscriber));
        push.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(20, await BurstAsync(push, subscriber));

        push.Time.Advance(TimeSpan.FromSeconds(1));
        await push.SendAsync(subscriber, new ScriptedAnswer(429) { RetryAfter = "5" });
        push.Time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(10, await BurstAsync(push, subscriber));

        // Half way back, then all of it.
        push.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.InRange(await BurstAsync(push, subscriber), 19, 20);
        push.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(20, await BurstAsync(push, subscriber));
    }

    [Fact]
    public async Task A_wave_of_gone_is_not_believed_while_it_lasts_and_operators_hear_of_it_once()
    {
        await using var push = await TestPush.StartAsync(Unhurried);
        var gone = new ScriptedAnswer(410);
        for (var send = 0; send < 39; send++) await push.SendAsync(push.Subscribe());
        for (var send = 0; send < 10; send++) Assert.IsType<PushOutcome.Gone>(await push.SendAsync(push.Subscribe(), gone));

        // The 50th, and more than a fifth.
        Assert.Equal(new PushOutcome.RetryAfter(null), await push.SendAsync(push.Subscribe(), gone));
        Assert.Equal(new PushOutcome.RetryAfter(null), await push.SendAsync(push.Subscribe(), gone));
        Assert.IsType<PushOutcome.Gone>(await push.SendAsync(push.Subscribe("a.push.example"), gone));
        Assert.Single(push.Log.Entries, entry => entry.Level == LogLevel.Error);

        push.Time.Advance(TimeSpan.FromMinutes(11));
        Assert.IsType<PushOutcome.Gone>(await push.SendAsync(push.Subscribe(), gone));
    }

    [Fact]
    public async Task A_fifth_gone_is_believed_and_so_is_all_of_a_few()
    {
        await using var push = await TestPush.StartAsync(Unhurried);
        var gone = new ScriptedAnswer(410);
        for (var send = 0; send < 48; send++) Assert.IsType<PushOutcome.Gone>(await push.SendAsync(push.Subscribe("b.push.example"), gone));

        for (var send = 0; send < 40; send++) await push.SendAsync(push.Subscribe());
        for (var send = 0; send < 10; send++) Assert.IsType<PushOutcome.Gone>(await push.SendAsync(push.Subscribe(), gone));
    }

    [Fact]
    public async Task One_provider_s_trouble_is_not_another_s()
    {
        await using var push = await TestPush.StartAsync(apple: true, google: true);
        var (apple, android) = (push.Apple.AddDevice(), push.Google.AddDevice());
        var keys = Protocol.HintKey.Create();
        push.Apple.Hold();
        var held = push.SendAsync(TestPush.Target(apple, keys));
        await push.Apple.ArrivalAsync(TestPush.Ct);
        android.Script.Enqueue(FcmEmulator.Fault(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"));
        Assert.IsType<PushOutcome.HostPause>(await push.SendAsync(TestPush.Target(android, keys)));

        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(push.Subscribe()));

        push.Apple.Release();
        Assert.IsType<PushOutcome.Accepted>(await held);
    }

    [Fact]
    public async Task Of_the_many_hosts_that_strangers_name_those_are_remembered_that_matter()
    {
        await using var push = await TestPush.StartAsync(options => options with { Hosts = options.Hosts with { Remembered = 100 } });
        await push.SendAsync(push.Subscribe(), new ScriptedAnswer(429) { RetryAfter = "3600" });

        for (var host = 0; host < 300; host++)
        {
            push.Time.Advance(TimeSpan.FromSeconds(10));
            await push.SendAsync(push.Subscribe($"h{host}.push.example"));
        }

        Assert.Equal(new PushOutcome.HostPause(TimeSpan.FromSeconds(600)), await push.SendAsync(push.Subscribe()));
    }

    private static PushOptions Unhurried(PushOptions options) => options with { Hosts = options.Hosts with { PerSecond = 1000 } };

    private static async Task<int> BurstAsync(TestPush push, Subscriber subscriber)
    {
        var accepted = 0;
        while (await push.SendAsync(subscriber) is PushOutcome.Accepted) accepted++;
        return accepted;
    }
}
