using System.Text;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Server.Wake;
using RemoteLog.Testing;

namespace RemoteLog.Server.Tests;

/// <summary>From an append to the hints that followers get.</summary>
public sealed class WakeTests : IAsyncDisposable
{
    private readonly TestLog log = new(push: new HintOptions());
    private readonly Device writer = new();
    private readonly Phone phone = new();

    public ValueTask DisposeAsync() => log.DisposeAsync();

    [Fact]
    public async Task An_append_wakes_each_follower_once_when_the_debounce_ends()
    {
        var other = await log.JoinAsync(new Phone("fcm"), writer.Log);
        await log.JoinAsync(phone, writer.Log);
        await log.JoinAsync(new Phone(), new Device().Log);

        var head = await log.WriteAsync(writer, "one", "two");
        var at = log.Time.GetUtcNow();
        await log.PassAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(2, log.Push.Sent.Count);
        var sent = Assert.Single(log.Push.SentTo(phone.Endpoint));
        Assert.Equal([new MovedTag(phone.TagOf(writer.Log), head.Sequence)], sent.Hint.Moved);
        Assert.Equal((false, null), (sent.Hint.More, sent.Hint.Token));
        Assert.Equal(other.TagOf(writer.Log), Assert.Single(Assert.Single(log.Push.SentTo(other.Endpoint)).Hint.Moved).Tag);
        Assert.All(log.Push.Sent, each => Assert.InRange(each.At - at, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(8)));
    }

    [Fact]
    public async Task Noting_down_all_followers_of_a_shard_takes_as_many_storage_calls_as_one()
    {
        for (var i = 0; i < 30; i++) await log.JoinAsync(new Phone(), writer.Log);
        await log.WriteAsync(writer, "news");
        log.Probe.Reset();

        await log.HintWorker.WorkAsync(Encoding.ASCII.GetBytes($"{writer.Log}"), 1, default);

        Assert.Equal(
            [
                nameof(INameRegistry.FindHeadAsync), nameof(IDeviceRegistry.ReadFollowersAsync), nameof(IDeviceRegistry.FindAsync), nameof(IJobQueue.EnqueueAsync),
                nameof(IDeviceRegistry.TryReplaceAsync),
            ],
            log.Probe.Calls);
    }

    [Fact]
    public async Task A_hint_takes_a_look_at_the_record_and_a_change_of_it()
    {
        await log.JoinAsync(phone, writer.Log);
        await log.WriteAsync(writer, "news");
        await log.HintWorker.WorkAsync(Encoding.ASCII.GetBytes($"{writer.Log}"), 1, default);
        log.Time.Advance(TimeSpan.FromMinutes(1));
        var job = Assert.Single(await log.Storage.Jobs.ReceiveAsync(PushChannels.QueueOf(PushChannel.UnifiedPush), 9, TimeSpan.FromMinutes(1), default));
        log.Probe.Reset();

        await log.Deliverer.DeliverAsync(job.Body, default);

        Assert.Single(log.Push.SentTo(phone.Endpoint));
        Assert.Equal([nameof(IDeviceRegistry.FindAsync), nameof(IDeviceRegistry.TryReplaceAsync)], log.Probe.Calls);
    }

    [Fact]
    public async Task Shards_are_enqueued_in_one_go()
    {
        await using var sharded = new TestLog(push: new HintOptions { ShardSize = 2 });
        for (var i = 0; i < 9; i++) await sharded.JoinAsync(new Phone(), writer.Log);
        await sharded.WriteAsync(writer, "news");
        sharded.Probe.Reset();

        await sharded.HintWorker.WorkAsync(Encoding.ASCII.GetBytes($"{writer.Log}"), 1, default);

        // One for four shards, and one for the hint of the ninth follower.
        Assert.Equal(2, sharded.Probe.Calls.Count(call => call == nameof(IJobQueue.EnqueueAsync)));
    }

    [Fact]
    public async Task Appends_in_quick_succession_are_one_hint_with_the_newest_sequence()
    {
        await log.JoinAsync(phone, writer.Log);

        for (var i = 0; i < 5; i++)
        {
            await log.WriteAsync(writer, $"{i}");
            await log.PassAsync(TimeSpan.FromSeconds(1));
        }
        await log.PassAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(5, log.Push.Sent[^1].Hint.Moved[0].Sequence);
        Assert.InRange(log.Push.Sent.Count, 1, 2);
    }

    [Fact]
    public async Task News_of_several_logs_are_one_hint_with_the_latest_first()
    {
        Device[] writers = [.. Enumerable.Range(0, 10).Select(_ => new Device())];
        await log.JoinAsync(phone, [.. writers.Select(each => each.Log)]);

        for (var i = 0; i < 3; i++)
        {
            await log.WriteAsync(writers[i], "news");
            await log.PassAsync(TimeSpan.FromSeconds(2));
        }
        await log.PassAsync(TimeSpan.FromMinutes(2));
        var three = Assert.Single(log.Push.Sent).Hint;
        foreach (var each in writers) await log.WriteAsync(each, "more");
        await log.PassAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(writers.Take(3).Reverse().Select(each => phone.TagOf(each.Log)), three.Moved.Select(moved => moved.Tag));
        Assert.False(three.More);
        Assert.Equal((2, 8, true), (log.Push.Sent.Count, log.Push.Sent[1].Hint.Moved.Count, log.Push.Sent[1].Hint.More));
    }

    [Fact]
    public async Task Whoever_wrote_it_is_not_woken()
    {
        using var key = SigningKey.Create();
        var own = new Device(key);
        var self = new Phone(key);
        await log.JoinAsync(self, own.Log);
        await log.JoinAsync(phone, own.Log);

        await log.WriteAsync(own, "mine");
        await log.PassAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(phone.Endpoint, Assert.Single(log.Push.Sent).Target.Endpoint);
    }

    [Fact]
    public async Task A_hint_is_cancelled_when_the_device_pulls()
    {
        await log.JoinAsync(phone, writer.Log);
        var head = await log.WriteAsync(writer, "news");
        await log.PassAsync(TimeSpan.FromSeconds(4));

        await log.AcceptAsync(phone.Seen((writer.Log, head.Sequence)));
        await log.PassAsync(TimeSpan.FromMinutes(10));

        Assert.Empty(log.Push.Sent);
        Assert.Null((await log.FindAsync(phone))!.Pending);
    }

    [Fact]
    public async Task What_the_device_pulled_before_its_followers_were_looked_at_wakes_it_not()
    {
        await log.JoinAsync(phone, writer.Log);

        var head = await log.WriteAsync(writer, "news");
        await log.AcceptAsync(phone.Seen((writer.Log, head.Sequence)));
        await log.PassAsync(TimeSpan.FromMinutes(10));

        Assert.Empty(log.Push.Sent);
    }

    [Fact]
    public async Task A_pull_that_does_not_have_everything_leaves_the_rest_to_be_told()
    {
        var second = new Device();
        await log.JoinAsync(phone, writer.Log, second.Log);
        await log.WriteAsync(writer, "one");
        await log.WriteAsync(second, "one");
        await log.PassAsync(TimeSpan.FromSeconds(4));

        await log.AcceptAsync(phone.Seen((writer.Log, 1), (second.Log, 0)));
        await log.PassAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(phone.TagOf(second.Log), Assert.Single(Assert.Single(log.Push.Sent).Hint.Moved).Tag);
    }

    [Fact]
    public async Task A_device_that_was_heard_just_now_is_left_alone_for_half_a_minute_and_then_told()
    {
        await log.JoinAsync(phone, writer.Log);
        await log.AcceptAsync(phone.Seen());
        var seen = log.Time.GetUtcNow();

        await log.WriteAsync(writer, "news");
        await log.PassAsync(TimeSpan.FromMinutes(10));

        Assert.InRange(Assert.Single(log.Push.Sent).At - seen, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(32));
    }

    [Fact]
    public async Task A_device_that_keeps_being_heard_and_does_not_pull_is_told_within_a_minute()
    {
        await log.JoinAsync(phone, writer.Log);
        await log.WriteAsync(writer, "news");
        var at = log.Time.GetUtcNow();

        for (var i = 0; i < 20; i++)
        {
            await log.PassAsync(TimeSpan.FromSeconds(10));
            await log.AcceptAsync(phone.AskStatus());
        }

        Assert.InRange(Assert.Single(log.Push.Sent).At - at, TimeSpan.Zero, TimeSpan.FromSeconds(65));
    }

    [Fact]
    public async Task Whoever_unfollows_is_not_told_what_was_on_its_way()
    {
        var second = new Device();
        await log.JoinAsync(phone, writer.Log, second.Log);
        await log.WriteAsync(writer, "news");
        await log.WriteAsync(second, "news");
        await log.PassAsync(TimeSpan.FromSeconds(4));

        await log.AcceptAsync(phone.Unfollow(writer.Log));
        await log.PassAsync(TimeSpan.FromMinutes(1));
        await log.WriteAsync(writer, "more");
        await log.PassAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(phone.TagOf(second.Log), Assert.Single(Assert.Single(log.Push.Sent).Hint.Moved).Tag);
    }

    [Fact]
    public async Task A_log_that_is_followed_by_another_tag_is_told_by_that()
    {
        await log.JoinAsync(phone, writer.Log);
        var tag = new HintTag(A.Bytes(16));
        await log.AcceptAsync(phone.Sign(new DeviceStatement.Follow(phone.Owner, ++phone.Number, writer.Log, tag)));

        await log.WriteAsync(writer, "news");
        await log.PassAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(tag, Assert.Single(Assert.Single(log.Push.Sent).Hint.Moved).Tag);
    }

    [Fact]
    public async Task The_same_news_twice_are_told_once()
    {
        await log.JoinAsync(phone, writer.Log);
        await log.WriteAsync(writer, "news");
        await log.PassDebounceAsync();

        await log.HintWorker.WorkAsync(Name(), 1, default);
        await log.PassAsync(TimeSpan.FromMinutes(10));

        Assert.Single(log.Push.Sent);
    }

    [Fact]
    public async Task Many_followers_are_worked_off_in_shards()
    {
        await using var sharded = new TestLog(push: new HintOptions { ShardSize = 7 });
        Phone[] phones = [.. Enumerable.Range(0, 40).Select(_ => new Phone())];
        foreach (var each in phones) await sharded.JoinAsync(each, writer.Log);

        await sharded.WriteAsync(writer, "news");
        sharded.Time.Advance(TimeSpan.FromSeconds(2));
        var jobs = await sharded.Storage.Jobs.ReceiveAsync(HintWorker.Queue, 10, TimeSpan.Zero, default);
        await sharded.HintWorker.WorkAsync(Assert.Single(jobs).Body, 1, default);
        await sharded.Storage.Jobs.CompleteAsync(jobs[0], default);

        // 40 followers are five shards of seven; the last five were worked off at once.
        Assert.Equal(5, (await sharded.Storage.Jobs.ReceiveAsync(HintWorker.Queue, 100, TimeSpan.Zero, default)).Count);
        await sharded.PassDebounceAsync();
        Assert.Equal(phones.Select(each => each.Endpoint).Order(), sharded.Push.Sent.Select(sent => sent.Target.Endpoint).Order());
    }

    [Fact]
    public async Task More_shards_than_one_job_finds_are_found_by_the_next()
    {
        await using var sharded = new TestLog(push: new HintOptions { ShardSize = 1 });
        var state = new DeviceState { Number = 1, Statement = "", SeenAt = A.Moment.AddYears(-1), LookAt = A.Moment.AddYears(9) };
        Digest[] ids = [.. Enumerable.Range(0, 230).Select(i => Digest.Of(BitConverter.GetBytes(i)))];
        var registration = new Registration(1, PushChannel.Fcm, A.Bytes(50), "topic", A.Moment, Confirmed: true, 0);
        await sharded.Storage.Devices.TryReplaceAsync([.. ids.Select(id => new DeviceChange(id, null, state with { Registration = registration }))], default);
        foreach (var id in ids) await sharded.Storage.Devices.TryFollowAsync(id, writer.Log.Id, new HintTag(id.Span[..16]), 1000, default);

        await sharded.WriteAsync(writer, "news");
        await sharded.PassAsync(TimeSpan.FromSeconds(3));

        Assert.All(await sharded.Storage.Devices.FindAsync(ids, default), stored => Assert.NotNull(stored!.State.Pending));
    }

    [Fact]
    public async Task Who_begins_to_follow_meanwhile_pushes_nobody_out_of_a_shard()
    {
        await using var sharded = new TestLog(push: new HintOptions { ShardSize = 4 });
        Phone[] phones = [.. Enumerable.Range(0, 12).Select(_ => new Phone())];
        foreach (var each in phones) await sharded.JoinAsync(each, writer.Log);
        await sharded.WriteAsync(writer, "news");
        sharded.Time.Advance(TimeSpan.FromSeconds(2));
        var jobs = await sharded.Storage.Jobs.ReceiveAsync(HintWorker.Queue, 10, TimeSpan.Zero, default);
        await sharded.HintWorker.WorkAsync(Assert.Single(jobs).Body, 1, default);
        await sharded.Storage.Jobs.CompleteAsync(jobs[0], default);

        foreach (var late in Enumerable.Range(0, 20).Select(_ => new Phone()))
        {
            await sharded.AcceptAsync(late.Register());
            await sharded.AcceptAsync(late.Follow(writer.Log));
        }
        await sharded.PassDebounceAsync();

        Assert.Superset(phones.Select(each => each.Endpoint).ToHashSet(), sharded.Push.Sent.Where(sent => sent.Hint.Token is null).Select(sent => sent.Target.Endpoint).ToHashSet());
    }

    [Fact]
    public async Task A_follower_that_is_gone_is_dropped_from_the_log()
    {
        await log.JoinAsync(phone, writer.Log);
        var id = DeviceState.IdOf(phone.Owner);
        var stored = (await log.Storage.Devices.FindAsync([id], default))[0]!;
        await log.Storage.Devices.TryReplaceAsync([new DeviceChange(id, stored, null)], default);

        await log.WriteAsync(writer, "news");
        await log.PassDebounceAsync();

        Assert.Empty(await log.Storage.Devices.ReadFollowersAsync(writer.Log.Id, null, 10, default));
        Assert.Empty(log.Push.Sent);
    }

    [Fact]
    public async Task Without_push_an_append_enqueues_nothing()
    {
        await using var silent = new TestLog();

        await silent.WriteAsync(writer, "news");
        silent.Time.Advance(TimeSpan.FromHours(1));

        Assert.Empty(await silent.Storage.Jobs.ReceiveAsync(HintWorker.Queue, 10, TimeSpan.Zero, default));
    }

    [Fact]
    public async Task Appends_within_a_window_share_one_job()
    {
        for (var i = 0; i < 10; i++)
        {
            await log.WriteAsync(writer, $"{i}");
            log.Time.Advance(TimeSpan.FromMilliseconds(100));
        }
        log.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Single(await log.Storage.Jobs.ReceiveAsync(HintWorker.Queue, 10, TimeSpan.Zero, default));
    }

    [Fact]
    public async Task A_commit_that_takes_longer_than_the_window_is_heard_of_all_the_same()
    {
        await log.JoinAsync(phone, writer.Log);
        log.Probe.Before = async call =>
        {
            if (call != nameof(INameRegistry.TryAppendAsync)) return;
            log.Probe.Before = null;
            await log.PassAsync(TimeSpan.FromSeconds(10));
        };

        await log.WriteAsync(writer, "slow");
        await log.PassAsync(TimeSpan.FromSeconds(15));

        Assert.Equal(1, Assert.Single(Assert.Single(log.Push.Sent).Hint.Moved).Sequence);
    }

    [Fact]
    public async Task A_record_that_takes_longer_to_store_than_the_debounce_is_delivered_all_the_same()
    {
        await log.JoinAsync(phone, writer.Log);
        await log.WriteAsync(writer, "news");
        log.Probe.Before = async call =>
        {
            if (call != nameof(IDeviceRegistry.TryReplaceAsync)) return;
            log.Probe.Before = null;
            await log.PassAsync(TimeSpan.FromSeconds(10));
        };

        await log.PassAsync(TimeSpan.FromSeconds(20));

        Assert.Single(log.Push.Sent);
    }

    [Fact]
    public async Task A_hint_whose_job_was_lost_is_given_another_by_the_next_news()
    {
        await log.JoinAsync(phone, writer.Log);
        await log.WriteAsync(writer, "news");
        log.Time.Advance(TimeSpan.FromSeconds(3));
        await log.WorkAsync();
        log.Time.Advance(TimeSpan.FromSeconds(10));
        var lost = Assert.Single(await log.Storage.Jobs.ReceiveAsync("wake-webpush", 10, TimeSpan.Zero, default));
        await log.Storage.Jobs.CompleteAsync(lost, default);
        log.Time.Advance(TimeSpan.FromMinutes(11));

        await log.WriteAsync(writer, "more");
        await log.PassDebounceAsync();

        Assert.Equal(2, Assert.Single(Assert.Single(log.Push.Sent).Hint.Moved).Sequence);
    }

    [Theory]
    [InlineData("no log")]
    [InlineData("")]
    [InlineData("zDnaexJd5AdAYULXknRHgxcFbQhu1DtqhYXr2KLhwejQX83Q6/notes 1 - x")]
    public async Task A_job_that_is_none_fails(string body) =>
        await Assert.ThrowsAsync<FormatException>(() => log.HintWorker.WorkAsync(System.Text.Encoding.ASCII.GetBytes(body), 1, default).AsTask());

    [Fact]
    public async Task A_delivery_that_is_none_fails_and_one_for_nobody_is_done()
    {
        await Assert.ThrowsAsync<FormatException>(() => log.Deliverer.DeliverAsync("rubbish"u8.ToArray(), default).AsTask());
        await log.Deliverer.DeliverAsync(System.Text.Encoding.ASCII.GetBytes($"{Digest.Of("nobody"u8)} 1"), default);
    }

    private byte[] Name() => System.Text.Encoding.ASCII.GetBytes($"{writer.Log}");
}
