using System.Diagnostics.Metrics;
using RemoteLog.Server.Wake;
using RemoteLog.Testing;

namespace RemoteLog.Server.Tests;

/// <summary>What follows from what a push service says.</summary>
public sealed class OutcomeTests : IAsyncLifetime
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(5);

    private readonly TestLog log = new(push: new HintOptions());
    private readonly Device writer = new();
    private readonly Phone phone = new();

    public async ValueTask InitializeAsync() => await log.JoinAsync(phone, writer.Log);

    public ValueTask DisposeAsync() => log.DisposeAsync();

    [Fact]
    public async Task A_passing_fault_is_tried_again_ever_more_seldom_and_not_for_ever()
    {
        log.Push.Answer = _ => new PushOutcome.RetryAfter(null);
        await log.WriteAsync(writer, "news");

        await log.PassAsync(TimeSpan.FromHours(4), Step);

        Assert.InRange(log.Push.Sent.Count, 5, 60);
        Assert.Single(log.Push.Sent.Select(sent => sent.Message.Id).Distinct());
        Assert.True(log.Push.Sent[^1].At - log.Push.Sent[0].At < TimeSpan.FromHours(1) + TimeSpan.FromMinutes(16));
        for (var i = 1; i < log.Push.Sent.Count; i++)
        {
            var longest = TimeSpan.FromSeconds(Math.Min(10 * Math.Pow(2, i - 1), 900));
            Assert.True(log.Push.Sent[i].At - log.Push.Sent[i - 1].At <= longest + Step, $"try {i}");
        }
        Assert.NotNull((await log.FindAsync(phone))!.Registration);
    }

    [Fact]
    public async Task What_was_given_up_is_told_with_the_next_news()
    {
        var second = new Device();
        await log.AcceptAsync(phone.Follow(second.Log));
        log.Push.Answer = _ => new PushOutcome.RetryAfter(null);
        await log.WriteAsync(writer, "news");
        await log.PassAsync(TimeSpan.FromHours(2), Step);
        log.Push.Answer = _ => new PushOutcome.Accepted();
        log.Push.Clear();
        await log.PassAsync(TimeSpan.FromHours(2), Step);
        Assert.Empty(log.Push.Sent);

        await log.WriteAsync(second, "more");
        await log.PassDebounceAsync();

        Assert.Equal([phone.TagOf(second.Log), phone.TagOf(writer.Log)], Assert.Single(log.Push.Sent).Hint.Moved.Select(moved => moved.Tag));
    }

    [Fact]
    public async Task A_hint_that_fails_is_replaced_by_a_newer_one_and_never_followed_by_it()
    {
        log.Push.Answer = sent => sent.Hint.Moved[0].Sequence == 1 ? new PushOutcome.RetryAfter(null) : new PushOutcome.Accepted();
        await log.WriteAsync(writer, "one");
        await log.PassDebounceAsync();
        var first = log.Push.Sent[0].Message.Id;

        await log.WriteAsync(writer, "two");
        await log.PassAsync(TimeSpan.FromHours(2), Step);

        var accepted = Assert.Single(log.Push.Sent, sent => sent.Hint.Moved[0].Sequence == 2);
        Assert.NotEqual(first, accepted.Message.Id);
        Assert.Equal(accepted, log.Push.Sent[^1]);
    }

    [Fact]
    public async Task A_device_that_pulls_ends_the_tries()
    {
        log.Push.Answer = _ => new PushOutcome.RetryAfter(TimeSpan.FromMinutes(1));
        await log.WriteAsync(writer, "news");
        await log.PassAsync(TimeSpan.FromSeconds(30));
        var tried = log.Push.Sent.Count;

        await log.AcceptAsync(phone.Seen((writer.Log, 1)));
        await log.PassAsync(TimeSpan.FromHours(1), Step);

        Assert.Equal(tried, log.Push.Sent.Count);
    }

    [Fact]
    public async Task A_service_that_says_when_is_asked_then()
    {
        log.Push.Answer = _ => log.Push.Sent.Count == 1 ? new PushOutcome.RetryAfter(TimeSpan.FromMinutes(40)) : new PushOutcome.Accepted();
        await log.WriteAsync(writer, "news");

        await log.PassAsync(TimeSpan.FromHours(2), Step);

        Assert.Equal(2, log.Push.Sent.Count);
        Assert.InRange(log.Push.Sent[1].At - log.Push.Sent[0].At, TimeSpan.FromMinutes(40), TimeSpan.FromMinutes(41));
        Assert.Equal(log.Push.Sent[0].Message.Id, log.Push.Sent[1].Message.Id);
    }

    [Fact]
    public async Task A_registration_that_is_gone_is_dropped_and_leaves_a_tombstone()
    {
        log.Push.Answer = _ => new PushOutcome.Gone(null);

        await TryOnceAsync();

        var state = await log.FindAsync(phone);
        Assert.Null(state!.Registration);
        Assert.Equal(phone.Number, state.Number);
        await log.DeviceSweeper.SweepAsync(default);
        Assert.Empty(await log.Storage.Devices.ReadFollowersAsync(writer.Log.Id, null, 10, default));
        Assert.IsType<DeviceResult.Unknown>(await log.StateAsync(phone.AskStatus()));
        log.Push.Answer = _ => new PushOutcome.Accepted();
        Assert.False((await log.AcceptAsync(phone.Register())).Confirmed);
    }

    [Fact]
    public async Task What_was_gone_before_the_device_registered_is_not_this_registration()
    {
        var registered = (await log.FindAsync(phone))!.Registration!.At;
        log.Push.Answer = _ => log.Push.Sent.Count == 1 ? new PushOutcome.Gone(registered.AddSeconds(-1)) : new PushOutcome.Accepted();

        await TryOnceAsync();
        Assert.NotNull((await log.FindAsync(phone))!.Registration);
        await log.PassAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(2, log.Push.Sent.Count);
    }

    [Fact]
    public async Task What_was_gone_after_the_device_registered_is_this_registration()
    {
        log.Push.Answer = _ => new PushOutcome.Gone(log.Time.GetUtcNow());

        await TryOnceAsync();

        Assert.Null((await log.FindAsync(phone))!.Registration);
    }

    [Fact]
    public async Task A_device_that_registers_anew_while_a_hint_is_on_its_way_is_not_dropped_for_what_became_of_that()
    {
        log.Push.Answer = sent => sent.Hint.Token is null ? new PushOutcome.Gone(null) : new PushOutcome.Accepted();
        log.Push.Meanwhile = async sent =>
        {
            if (sent.Hint.Token is not null) return;
            phone.Endpoint += "/moved";
            await log.AcceptAsync(phone.Register());
        };

        await TryOnceAsync();
        await log.WorkAsync();

        Assert.NotNull((await log.FindAsync(phone))!.Registration);
        Assert.Equal(phone.Endpoint, log.Push.Sent[^1].Target.Endpoint);
        await log.ConfirmAsync(phone);
    }

    [Fact]
    public async Task Three_strikes_within_a_day_drop_nothing()
    {
        log.Push.Answer = _ => new PushOutcome.Strike("refused");

        await log.WriteAsync(writer, "news");
        await log.PassAsync(TimeSpan.FromHours(2), Step);

        Assert.True(log.Push.Sent.Count > 3);
        Assert.NotNull((await log.FindAsync(phone))!.Registration);
    }

    [Fact]
    public async Task Strikes_over_more_than_a_day_drop_the_registration()
    {
        log.Push.Answer = _ => new PushOutcome.Strike("refused");
        await log.WriteAsync(writer, "news");
        await log.PassAsync(TimeSpan.FromHours(2), Step);

        log.Time.Advance(TimeSpan.FromHours(23));
        await log.WriteAsync(writer, "more");
        await log.PassDebounceAsync();

        Assert.Null((await log.FindAsync(phone))!.Registration);
    }

    [Fact]
    public async Task Where_nobody_listens_a_hint_is_tried_twice_a_day_and_the_registration_dropped_after_a_week()
    {
        log.Push.Answer = _ => new PushOutcome.Unheard();
        for (var day = 0; day < 9; day++)
        {
            await log.WriteAsync(writer, $"day {day}");
            await log.PassAsync(TimeSpan.FromDays(1), TimeSpan.FromMinutes(10));
            if (day == 5) Assert.NotNull((await log.FindAsync(phone))!.Registration);
        }

        Assert.InRange(log.Push.Sent.Count, 14, 17);
        Assert.Null((await log.FindAsync(phone))!.Registration);
    }

    [Fact]
    public async Task Somebody_who_listens_again_is_given_another_week()
    {
        log.Push.Answer = _ => new PushOutcome.Unheard();
        await log.WriteAsync(writer, "news");
        await log.PassAsync(TimeSpan.FromDays(6), TimeSpan.FromMinutes(10));
        log.Push.Answer = _ => new PushOutcome.Accepted();
        await log.PassAsync(TimeSpan.FromDays(1), TimeSpan.FromMinutes(10));

        Assert.Null((await log.FindAsync(phone))!.DeafSince);
        Assert.NotNull((await log.FindAsync(phone))!.Registration);
    }

    [Fact]
    public async Task A_webhook_that_fails_for_three_days_is_dropped_and_any_other_channel_goes_on()
    {
        var hook = new Phone("webhook");
        await log.JoinAsync(hook, writer.Log);
        log.Push.Answer = _ => new PushOutcome.RetryAfter(null);
        for (var day = 0; day < 5; day++)
        {
            if (day == 3) Assert.NotNull((await log.FindAsync(hook))!.Registration);
            await log.WriteAsync(writer, $"day {day}");
            await log.PassAsync(TimeSpan.FromDays(1), TimeSpan.FromMinutes(10));
        }

        Assert.Null((await log.FindAsync(hook))!.Registration);
        Assert.NotNull((await log.FindAsync(phone))!.Registration);
    }

    [Fact]
    public async Task A_success_clears_the_strikes()
    {
        log.Push.Answer = _ => log.Push.Sent.Count < 3 ? new PushOutcome.Strike("refused") : new PushOutcome.Accepted();
        await log.WriteAsync(writer, "news");
        await log.PassAsync(TimeSpan.FromHours(2), Step);
        Assert.Null((await log.FindAsync(phone))!.Strikes);

        log.Push.Answer = _ => new PushOutcome.Strike("refused");
        log.Time.Advance(TimeSpan.FromHours(23));
        await log.WriteAsync(writer, "more");
        await log.PassDebounceAsync();

        Assert.NotNull((await log.FindAsync(phone))!.Registration);
    }

    [Fact]
    public async Task Too_many_doubles_the_gap_each_time_up_to_six_hours()
    {
        log.Push.Answer = _ => new PushOutcome.TooMany();
        await log.WriteAsync(writer, "news");

        await log.PassAsync(TimeSpan.FromHours(40), TimeSpan.FromMinutes(1));

        var gaps = log.Push.Sent.Zip(log.Push.Sent.Skip(1), (one, next) => (next.At - one.At).TotalMinutes).ToList();
        double[] expected = [2, 4, 8, 16, 32, 64, 128, 256, 360, 360];
        Assert.Equal(expected, gaps.Take(10).Select(gap => Math.Round(gap / 2) * 2), (one, other) => Math.Abs(one - other) <= 2);
    }

    [Fact]
    public async Task A_device_that_had_too_many_gets_its_pace_back_by_and_by()
    {
        log.Push.Answer = _ => log.Push.Sent.Count <= 2 ? new PushOutcome.TooMany() : new PushOutcome.Accepted();
        for (var i = 0; i < 6; i++)
        {
            await log.WriteAsync(writer, $"{i}");
            await log.PassAsync(TimeSpan.FromMinutes(10), Step);
        }

        Assert.Equal(0, (await log.FindAsync(phone))!.Pace.Slowed);
    }

    [Fact]
    public async Task A_host_that_is_paused_holds_nothing_against_the_device()
    {
        log.Push.Answer = _ => log.Push.Sent.Count <= 20 ? new PushOutcome.HostPause(TimeSpan.FromMinutes(10)) : new PushOutcome.Accepted();
        await log.WriteAsync(writer, "news");

        await log.PassAsync(TimeSpan.FromHours(6), Step);

        Assert.Equal(21, log.Push.Sent.Count);
        var gaps = log.Push.Sent.Zip(log.Push.Sent.Skip(1), (one, next) => next.At - one.At).ToList();
        Assert.All(gaps, gap => Assert.InRange(gap, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(12.6)));
        Assert.True(gaps.Distinct().Count() > 5);
        Assert.Null((await log.FindAsync(phone))!.Strikes);
    }

    [Fact]
    public async Task Credentials_that_are_refused_drop_nothing_and_the_hint_goes_out_once_they_are_mended()
    {
        log.Push.Answer = _ => log.Push.Sent.Count <= 8 ? new PushOutcome.CredentialFault("expired") : new PushOutcome.Accepted();
        await log.WriteAsync(writer, "news");

        await log.PassAsync(TimeSpan.FromHours(4), Step);

        Assert.Equal(9, log.Push.Sent.Count);
        Assert.True(log.Push.Sent[1].At - log.Push.Sent[0].At >= TimeSpan.FromMinutes(15));
        Assert.Null((await log.FindAsync(phone))!.Pending);
    }

    [Fact]
    public async Task What_nobody_accepts_is_not_sent_again()
    {
        log.Push.Answer = _ => new PushOutcome.OurBug("too big");

        await TryOnceAsync();
        await log.PassAsync(TimeSpan.FromHours(3), Step);

        Assert.Single(log.Push.Sent);
        log.Push.Answer = _ => new PushOutcome.Accepted();
        await log.WriteAsync(writer, "more");
        await log.PassDebounceAsync();
        Assert.Equal(2, log.Push.Sent.Count);
    }

    [Fact]
    public async Task A_hint_that_never_got_out_is_given_up_after_its_time_to_live()
    {
        log.Push.Answer = _ => new PushOutcome.HostPause(TimeSpan.FromHours(1));
        await log.WriteAsync(writer, "news");

        await log.PassAsync(TimeSpan.FromDays(9), TimeSpan.FromMinutes(5));

        Assert.InRange(log.Push.Sent[^1].At - log.Push.Sent[0].At, TimeSpan.FromDays(6.9), TimeSpan.FromDays(7));
        log.Push.Answer = _ => new PushOutcome.Accepted();
        await log.WriteAsync(writer, "more");
        await log.PassDebounceAsync();
        Assert.Equal(2, log.Push.Sent[^1].Hint.Moved[0].Sequence);
    }

    [Fact]
    public async Task News_that_come_while_a_hint_is_on_its_way_are_told_by_the_next()
    {
        log.Push.Meanwhile = async _ =>
        {
            log.Push.Meanwhile = _ => Task.CompletedTask;
            await log.WriteAsync(writer, "two");
            log.Time.Advance(TimeSpan.FromSeconds(3));
            var job = Assert.Single(await log.Storage.Jobs.ReceiveAsync(HintWorker.Queue, 1, WakeSteps.Lease, default));
            await log.HintWorker.WorkAsync(job.Body, 1, default);
            await log.Storage.Jobs.CompleteAsync(job, default);
        };
        await log.WriteAsync(writer, "one");

        await log.PassAsync(TimeSpan.FromMinutes(3));

        Assert.Equal([1, 2], log.Push.Sent.Select(sent => sent.Hint.Moved[0].Sequence));
        Assert.Equal(2, log.Push.Sent.Select(sent => sent.Message.Id).Distinct().Count());
        Assert.Single(log.Push.Sent.Select(sent => sent.Message.Topic).Distinct());
    }

    [Fact]
    public async Task Operators_see_what_became_of_hints_by_provider()
    {
        using var listener = new MeterListener();
        List<(string Name, string? Provider)> seen = [];
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == WakeMeter.Name) self.EnableMeasurementEvents(instrument);
        };
        void Record<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
        {
            Assert.Equal("provider", Assert.Single(tags.ToArray()).Key);
            lock (seen) seen.Add((instrument.Name, (string?)tags[0].Value));
        }
        listener.SetMeasurementEventCallback<long>(Record);
        listener.SetMeasurementEventCallback<double>(Record);
        listener.Start();
        var unified = await log.JoinAsync(new Phone("unifiedpush"), writer.Log);
        var hook = await log.JoinAsync(new Phone("webhook"), writer.Log);
        log.Push.Answer = sent => sent.Target.Endpoint == unified.Endpoint ? new PushOutcome.TooMany()
            : sent.Target.Endpoint == hook.Endpoint ? new PushOutcome.Gone(null) : new PushOutcome.Strike("refused");
        lock (seen) seen.Clear();

        await log.WriteAsync(writer, "one");
        await log.PassAsync(TimeSpan.FromSeconds(3));
        await log.WriteAsync(writer, "two");
        await log.PassAsync(TimeSpan.FromSeconds(6));
        log.Push.Answer = _ => new PushOutcome.Accepted();
        await log.PassAsync(TimeSpan.FromMinutes(2));

        // Other tests may be measured at the same time, and wake by these providers too.
        Assert.Superset(
            new HashSet<(string, string?)>
            {
                ("remotelog.wake.merged", "webpush"), ("remotelog.wake.throttled", "webpush"), ("remotelog.wake.struck", "webpush"),
                ("remotelog.wake.gone", "webhook"), ("remotelog.wake.sent", "webpush"), ("remotelog.wake.age", "webpush"),
            },
            seen.ToHashSet());
    }

    private async Task TryOnceAsync()
    {
        await log.WriteAsync(writer, "news");
        while (log.Push.Sent.All(sent => sent.Hint.Token is not null))
        {
            log.Time.Advance(TimeSpan.FromSeconds(1));
            await log.WorkAsync();
        }
    }
}
