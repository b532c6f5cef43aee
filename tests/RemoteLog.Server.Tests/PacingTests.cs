using RemoteLog.Server.Wake;
using RemoteLog.Testing;

namespace RemoteLog.Server.Tests;

/// <summary>How often a device is woken.</summary>
public sealed class PacingTests
{
    private readonly Device writer = new();

    /// <summary>Channel, seconds of debounce and gap, burst.</summary>
    public static TheoryData<string, int, int, int> Channels => new()
    {
        { "apns", 5, 1200, 1 }, { "apns-alert", 5, 60, 3 }, { "fcm", 5, 180, 5 }, { "fcm-high", 5, 60, 5 }, { "webpush", 5, 60, 3 },
        { "unifiedpush", 5, 30, 5 }, { "webhook", 2, 10, 10 },
    };

    [Theory]
    [MemberData(nameof(Channels))]
    public async Task A_busy_log_wakes_a_device_at_once_then_no_more_than_the_pace_allows_and_in_the_end_with_the_newest(
        string channel, int debounce, int gap, int burst)
    {
        await using var log = new TestLog(push: new HintOptions());
        var phone = await log.JoinAsync(new Phone(channel), writer.Log);
        var start = log.Time.GetUtcNow();

        for (var i = 0; i < 300; i++)
        {
            await log.WriteAsync(writer, $"{i}");
            if (i % 5 == 4) await log.PassAsync(TimeSpan.FromSeconds(1));
        }
        await log.PassAsync(TimeSpan.FromHours(1), TimeSpan.FromSeconds(5));

        var sent = log.Push.SentTo(phone.Endpoint);
        Assert.InRange(sent[0].At - start, TimeSpan.FromSeconds(debounce), TimeSpan.FromSeconds(debounce + 3));
        Assert.Equal(300, sent[^1].Hint.Moved[0].Sequence);
        AssertPace(sent, TimeSpan.FromSeconds(gap), burst);
        Assert.True(sent.Count > 1);
    }

    [Fact]
    public async Task A_device_that_was_left_alone_has_its_burst_again()
    {
        await using var log = new TestLog(push: new HintOptions());
        await log.JoinAsync(new Phone(), writer.Log);

        for (var round = 1; round <= 2; round++)
        {
            for (var i = 0; i < 3; i++)
            {
                await log.WriteAsync(writer, "news");
                await log.PassDebounceAsync();
            }
            Assert.Equal(3 * round, log.Push.Sent.Count);
            await log.PassAsync(TimeSpan.FromHours(1), TimeSpan.FromMinutes(1));
        }
    }

    [Fact]
    public async Task A_day_has_so_many_hints_and_the_next_day_begins_with_what_was_left()
    {
        var pace = new ChannelPace { DebounceSeconds = 1, GapSeconds = 60, Burst = 1, PerDay = 5 };
        await using var log = new TestLog(push: new HintOptions { Pace = new PaceOptions { WebPush = pace } });
        await log.JoinAsync(new Phone(), writer.Log);

        for (var i = 0; i < 10; i++)
        {
            await log.WriteAsync(writer, $"{i}");
            await log.PassAsync(TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(5));
        }
        Assert.Equal(5, log.Push.Sent.Count);
        await log.PassAsync(TimeSpan.FromHours(26), TimeSpan.FromMinutes(1));

        Assert.Equal((6, 10), (log.Push.Sent.Count, log.Push.Sent[^1].Hint.Moved[0].Sequence));
        Assert.InRange(log.Push.Sent[5].At - log.Push.Sent[0].At, TimeSpan.FromHours(24), TimeSpan.FromHours(24.1));
    }

    [Fact]
    public async Task Registering_anew_brings_no_more_hints()
    {
        await using var log = new TestLog(push: new HintOptions());
        var phone = await log.JoinAsync(new Phone("apns"), writer.Log);
        await log.WriteAsync(writer, "one");
        await log.PassDebounceAsync();

        phone.Endpoint += "/moved";
        await log.AcceptAsync(phone.Register());
        await log.WorkAsync();
        await log.ConfirmAsync(phone);
        await log.WriteAsync(writer, "two");
        await log.PassAsync(TimeSpan.FromMinutes(19), TimeSpan.FromSeconds(10));
        Assert.Single(log.Push.Sent, sent => sent.Hint.Token is null);
        await log.PassAsync(TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(10));

        Assert.Equal(2, log.Push.Sent.Count(sent => sent.Hint.Token is null));
    }

    [Fact]
    public async Task A_device_that_asked_for_it_is_told_to_pull_when_nothing_else_did()
    {
        await using var log = new TestLog(push: new HintOptions());
        var phone = await log.JoinAsync(new Phone("webpush", pullMinutes: 20), writer.Log);

        await log.PassAsync(TimeSpan.FromMinutes(62), TimeSpan.FromSeconds(10));
        Assert.Equal(3, log.Push.Sent.Count);
        Assert.All(log.Push.Sent, sent => Assert.Equal((0, true, (string?)null), (sent.Hint.Moved.Count, sent.Hint.More, sent.Hint.Token)));

        // What wakes it anyway, and a pull of its own, put it off.
        var before = log.Push.Sent[^1].At;
        await log.WriteAsync(writer, "news");
        await log.PassAsync(TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(10));
        await log.AcceptAsync(phone.Seen((writer.Log, 1)));
        await log.PassAsync(TimeSpan.FromMinutes(19), TimeSpan.FromSeconds(10));
        Assert.Single(log.Push.Sent[3].Hint.Moved);
        Assert.Equal(4, log.Push.Sent.Count);
        await log.PassAsync(TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(10));
        Assert.Empty(log.Push.Sent[4].Hint.Moved);
    }

    [Fact]
    public async Task A_device_that_did_not_ask_is_never_told_to_pull_nor_one_that_asks_no_more()
    {
        await using var log = new TestLog(push: new HintOptions());
        await log.JoinAsync(new Phone(), writer.Log);
        var other = new Phone("webpush", pullMinutes: 20);
        var register = (RemoteLog.Protocol.DeviceStatement.Register)other.Register();
        await log.AcceptAsync(register);
        await log.WorkAsync();
        await log.ConfirmAsync(other);
        await log.AcceptAsync(other.Sign(register with { Number = ++other.Number, PullMinutes = 0 }));
        log.Push.Clear();

        await log.PassAsync(TimeSpan.FromHours(2), TimeSpan.FromSeconds(30));

        Assert.Empty(log.Push.Sent);
    }

    /// <summary>Of any hints in a row, there are no more than the burst and what the gap let through meanwhile.</summary>
    internal static void AssertPace(IReadOnlyList<SentHint> sent, TimeSpan gap, int burst)
    {
        for (var i = 0; i < sent.Count; i++)
        {
            for (var j = i; j < sent.Count; j++) Assert.True(j - i + 1 <= burst + ((sent[j].At - sent[i].At) / gap), $"hints {i} to {j}");
        }
    }
}
