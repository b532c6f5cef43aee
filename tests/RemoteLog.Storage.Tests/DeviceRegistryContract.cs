using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Server.Wake;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests;

/// <summary>What every <see cref="IDeviceRegistry"/> promises.</summary>
public abstract class DeviceRegistryContract
{
    private static readonly Digest Log = Digest.Of("log"u8), OtherLog = Digest.Of("other log"u8);

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>A registry without devices.</summary>
    protected abstract ValueTask<IDeviceRegistry> OpenAsync();

    [Fact]
    public async Task A_device_comes_back_as_it_was_stored()
    {
        var registry = await OpenAsync();
        var full = State() with
        {
            PullAt = A.Moment.AddTicks(1),
            Pending = new Pending(new Guid(A.Bytes(16)), [Moved(1, 5), Moved(2, long.MaxValue)], A.Moment.AddSeconds(5), A.Moment, 3, A.Moment.AddTicks(7)),
            Known = [Moved(3, 0)],
            Pace = new PaceState(A.Moment, A.Moment.AddHours(-1), 7, 2),
            Strikes = new Strikes(2, A.Moment.AddDays(-1)),
            DeafSince = A.Moment.AddDays(-2),
        };
        var bare = new DeviceState { Number = 1, Statement = "ab", SeenAt = A.Moment, LookAt = A.Moment };

        Assert.Equal([true, true], await registry.TryReplaceAsync([new DeviceChange(Id(1), null, full), new DeviceChange(Id(2), null, bare)], Ct));

        var found = await registry.FindAsync([Id(2), Id(3), Id(1)], Ct);
        AssertSame(bare, found[0]!.State);
        Assert.Null(found[1]);
        AssertSame(full, found[2]!.State);
    }

    [Fact]
    public async Task A_device_is_replaced_only_as_last_read()
    {
        var registry = await OpenAsync();
        var first = await PutAsync(registry, Id(1), null, State());

        var second = await PutAsync(registry, Id(1), first, first.State with { Number = 2 });

        Assert.False(await TryAsync(registry, Id(1), null, State()));
        Assert.False(await TryAsync(registry, Id(1), first, first.State with { Number = 3 }));
        Assert.False(await TryAsync(registry, Id(1), first, null));
        Assert.False(await TryAsync(registry, Id(2), first, first.State));
        Assert.Equal(second.Version, (await FindAsync(registry, Id(1)))!.Version);
        Assert.NotEqual(first.Version, second.Version);
    }

    [Fact]
    public async Task Changes_in_one_go_are_each_made_or_not_by_themselves()
    {
        var registry = await OpenAsync();
        var stale = await PutAsync(registry, Id(1), null, State());
        await PutAsync(registry, Id(1), stale, stale.State with { Number = 2 });
        var current = await PutAsync(registry, Id(2), null, State());

        var made = await registry.TryReplaceAsync(
            [
                new DeviceChange(Id(1), stale, stale.State with { Number = 9 }), new DeviceChange(Id(2), current, current.State with { Number = 9 }),
                new DeviceChange(Id(3), null, State() with { Number = 9 }), new DeviceChange(Id(4), null, null),
            ],
            Ct);

        Assert.Equal([false, true, true, false], made);
        Assert.Equal([2, 9, 9, null], (await registry.FindAsync([Id(1), Id(2), Id(3), Id(4)], Ct)).Select(stored => stored?.State.Number));
    }

    [Fact]
    public async Task A_registration_may_stay_change_go_and_come_again()
    {
        var registry = await OpenAsync();
        var stored = await PutAsync(registry, Id(1), null, State());
        stored = await PutAsync(registry, Id(1), stored, stored.State with { Number = 2 });
        Assert.Equal("topic", stored.State.Registration!.Topic);
        stored = await PutAsync(registry, Id(1), stored, stored.State with { Registration = stored.State.Registration with { Topic = "another" } });
        Assert.Equal("another", stored.State.Registration!.Topic);

        stored = await PutAsync(registry, Id(1), stored, stored.State with { Registration = null });
        Assert.Null(stored.State.Registration);
        stored = await PutAsync(registry, Id(1), stored, stored.State with { Number = 3 });
        Assert.Null(stored.State.Registration);

        stored = await PutAsync(registry, Id(1), stored, State());
        Assert.Equal("topic", stored.State.Registration!.Topic);
    }

    [Fact]
    public async Task A_deleted_device_is_gone_and_may_come_again_without_what_it_had()
    {
        var registry = await OpenAsync();
        var stored = await PutAsync(registry, Id(1), null, State());

        Assert.True(await TryAsync(registry, Id(1), stored, null));

        Assert.Null(await FindAsync(registry, Id(1)));
        Assert.False(await TryAsync(registry, Id(1), stored, stored.State));
        Assert.Null((await PutAsync(registry, Id(1), null, State() with { Registration = null })).State.Registration);
    }

    [Fact]
    public async Task Of_many_who_change_a_device_at_once_one_wins()
    {
        var registry = await OpenAsync();
        var stored = await PutAsync(registry, Id(1), null, State());

        var won = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => TryAsync(registry, Id(1), stored, stored.State with { Number = 100 + i })));

        Assert.Single(won, true);
        Assert.Equal(100 + Array.IndexOf(won, true), (await FindAsync(registry, Id(1)))!.State.Number);
    }

    [Fact]
    public async Task A_device_that_is_told_of_as_many_logs_as_it_may_follow_fits()
    {
        var registry = await OpenAsync();
        MovedTag[] all = [.. Enumerable.Range(0, DeviceState.MaxTags).Select(i => Moved(i, long.MaxValue - i))];
        var state = State() with
        {
            Registration = State().Registration! with { Sealed = A.Bytes(4096) },
            Pending = new Pending(Guid.Empty, all, A.Moment, A.Moment),
            Known = all,
        };

        var stored = await PutAsync(registry, Id(1), null, state);

        AssertSame(state, stored.State);
    }

    [Fact]
    public async Task Five_hundred_devices_are_changed_in_one_call()
    {
        var registry = await OpenAsync();
        Digest[] ids = [.. Enumerable.Range(0, 500).Select(Id)];
        Assert.All(await registry.TryReplaceAsync([.. ids.Select(id => new DeviceChange(id, null, State()))], Ct), Assert.True);

        var stored = await registry.FindAsync(ids, Ct);
        var made = await registry.TryReplaceAsync([.. ids.Select((id, i) => new DeviceChange(id, stored[i], stored[i]!.State with { Number = i }))], Ct);

        Assert.All(made, Assert.True);
        Assert.Equal(Enumerable.Range(0, 500).Select(i => (long)i), (await registry.FindAsync(ids, Ct)).Select(each => each!.State.Number));
    }

    [Fact]
    public async Task Devices_to_look_at_are_found_when_their_time_has_come()
    {
        var registry = await OpenAsync();
        await PutAsync(registry, Id(1), null, State() with { LookAt = A.Moment });
        await PutAsync(registry, Id(2), null, State() with { LookAt = A.Moment.AddTicks(1) });
        var moved = await PutAsync(registry, Id(3), null, State() with { LookAt = A.Moment });
        await PutAsync(registry, Id(3), moved, moved.State with { LookAt = A.Moment.AddDays(1) });

        Assert.Equal([Id(1)], await registry.FindDueAsync(A.Moment, 10, Ct));
        Assert.Equal(new[] { Id(1), Id(2) }.ToHashSet(), (await registry.FindDueAsync(A.Moment.AddTicks(1), 10, Ct)).ToHashSet());
        Assert.Single(await registry.FindDueAsync(A.Moment.AddYears(1), 1, Ct));
    }

    [Fact]
    public async Task A_follower_is_found_by_log_and_by_device_until_it_unfollows()
    {
        var registry = await OpenAsync();

        Assert.True(await registry.TryFollowAsync(Id(1), Log, Tag(1), 10, Ct));
        Assert.True(await registry.TryFollowAsync(Id(1), OtherLog, Tag(2), 10, Ct));
        Assert.True(await registry.TryFollowAsync(Id(2), Log, Tag(3), 10, Ct));

        Assert.Equal(new[] { new Follower(Id(1), Tag(1)), new Follower(Id(2), Tag(3)) }.ToHashSet(), (await ReadAllAsync(registry, Log)).ToHashSet());
        Assert.Equal(new[] { new Followed(Log, Tag(1)), new Followed(OtherLog, Tag(2)) }.ToHashSet(), (await registry.ReadFollowsAsync(Id(1), Ct)).ToHashSet());

        await registry.UnfollowAsync(Id(1), Log, Ct);
        await registry.UnfollowAsync(Id(1), Log, Ct);
        await registry.UnfollowAsync(Id(9), OtherLog, Ct);
        Assert.Equal([new Follower(Id(2), Tag(3))], await ReadAllAsync(registry, Log));
        Assert.Equal([new Followed(OtherLog, Tag(2))], await registry.ReadFollowsAsync(Id(1), Ct));
    }

    [Fact]
    public async Task Following_again_takes_the_newer_tag_and_counts_once()
    {
        var registry = await OpenAsync();

        for (byte tag = 1; tag <= 3; tag++) Assert.True(await registry.TryFollowAsync(Id(1), Log, Tag(tag), 2, Ct));

        Assert.Equal([new Follower(Id(1), Tag(3))], await ReadAllAsync(registry, Log));
        Assert.Equal([new Followed(Log, Tag(3))], await registry.ReadFollowsAsync(Id(1), Ct));
        Assert.True(await registry.TryFollowAsync(Id(2), Log, Tag(4), 2, Ct));
    }

    [Fact]
    public async Task No_more_follow_a_log_than_may_and_whoever_leaves_makes_room()
    {
        var registry = await OpenAsync();
        Assert.False(await registry.TryFollowAsync(Id(1), Log, Tag(1), 0, Ct));
        Assert.True(await registry.TryFollowAsync(Id(1), Log, Tag(1), 2, Ct));
        Assert.True(await registry.TryFollowAsync(Id(2), Log, Tag(2), 2, Ct));

        Assert.False(await registry.TryFollowAsync(Id(3), Log, Tag(3), 2, Ct));
        Assert.Empty(await registry.ReadFollowsAsync(Id(3), Ct));
        Assert.True(await registry.TryFollowAsync(Id(1), Log, Tag(4), 2, Ct));
        await registry.UnfollowAsync(Id(1), Log, Ct);

        Assert.True(await registry.TryFollowAsync(Id(3), Log, Tag(3), 2, Ct));
        Assert.False(await registry.TryFollowAsync(Id(1), Log, Tag(1), 2, Ct));
    }

    [Fact]
    public async Task Of_many_who_follow_at_once_exactly_as_many_get_in_as_may()
    {
        var registry = await OpenAsync();

        var got = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => registry.TryFollowAsync(Id(i), Log, Tag((byte)i), 7, Ct).AsTask()));

        Assert.Equal(7, got.Count(each => each));
        Assert.Equal(7, (await ReadAllAsync(registry, Log)).Count);
    }

    [Fact]
    public async Task Followers_are_read_page_by_page_in_the_order_of_their_ids()
    {
        var registry = await OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 25).Select(i => registry.TryFollowAsync(Id(i), Log, Tag((byte)i), 100, Ct).AsTask()));
        await registry.TryFollowAsync(Id(99), OtherLog, Tag(99), 100, Ct);

        List<Digest> read = [];
        while (await registry.ReadFollowersAsync(Log, read.Count == 0 ? null : read[^1], 10, Ct) is { Count: > 0 } page)
        {
            Assert.InRange(page.Count, 1, 10);
            read.AddRange(page.Select(follower => follower.Device));
        }

        Assert.Equal(Enumerable.Range(0, 25).Select(Id).OrderBy(id => $"{id}", StringComparer.Ordinal), read);
    }

    [Fact]
    public async Task Who_comes_after_a_device_is_told_even_where_that_one_left()
    {
        var registry = await OpenAsync();
        for (var i = 0; i < 5; i++) await registry.TryFollowAsync(Id(i), Log, Tag((byte)i), 100, Ct);
        var all = await ReadAllAsync(registry, Log);

        await registry.UnfollowAsync(all[2].Device, Log, Ct);

        Assert.Equal(all.Skip(3), await registry.ReadFollowersAsync(Log, all[2].Device, 100, Ct));
    }

    private static Digest Id(int seed) => Digest.Of(BitConverter.GetBytes(seed));

    private static HintTag Tag(byte seed) => new(A.Bytes(HintTag.Size, seed));

    private static MovedTag Moved(int seed, long sequence) => new(new HintTag(A.Bytes(HintTag.Size, seed)), sequence);

    private static DeviceState State() => new()
    {
        Number = 1,
        Statement = Digest.Of("statement"u8).ToString(),
        SeenAt = A.Moment,
        LookAt = A.Moment.AddDays(270),
        Registration = new Registration(1, PushChannel.UnifiedPush, A.Bytes(300), "topic", A.Moment, Confirmed: true, PullMinutes: 20),
    };

    private static async Task<IReadOnlyList<Follower>> ReadAllAsync(IDeviceRegistry registry, Digest log) => await registry.ReadFollowersAsync(log, null, 1000, Ct);

    private static async Task<StoredDevice?> FindAsync(IDeviceRegistry registry, Digest id) => (await registry.FindAsync([id], Ct))[0];

    private static async Task<bool> TryAsync(IDeviceRegistry registry, Digest id, StoredDevice? current, DeviceState? next) =>
        Assert.Single(await registry.TryReplaceAsync([new DeviceChange(id, current, next)], Ct));

    private static async Task<StoredDevice> PutAsync(IDeviceRegistry registry, Digest id, StoredDevice? current, DeviceState next)
    {
        Assert.True(await TryAsync(registry, id, current, next));
        return (await FindAsync(registry, id))!;
    }

    private static void AssertSame(DeviceState expected, DeviceState actual)
    {
        Assert.Equal((expected.Number, expected.Statement, expected.SeenAt, expected.LookAt, expected.PullAt), (actual.Number, actual.Statement, actual.SeenAt, actual.LookAt, actual.PullAt));
        Assert.Equal((expected.Pace, expected.Strikes, expected.DeafSince), (actual.Pace, actual.Strikes, actual.DeafSince));
        Assert.Equal(expected.Known, actual.Known);
        Assert.Equal(expected.Pending?.Moved, actual.Pending?.Moved);
        Assert.Equal(expected.Pending is { } pending ? pending with { Moved = [] } : null, actual.Pending is { } other ? other with { Moved = [] } : null);
        Assert.Equal(expected.Registration?.Sealed.ToArray(), actual.Registration?.Sealed.ToArray());
        Assert.Equal(
            expected.Registration is { } registration ? registration with { Sealed = default } : null,
            actual.Registration is { } found ? found with { Sealed = default } : null);
    }
}
