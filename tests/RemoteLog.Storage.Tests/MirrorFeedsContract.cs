using RemoteLog.Server.Storage;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests;

/// <summary>What every <see cref="IMirrorFeeds"/> promises.</summary>
public abstract class MirrorFeedsContract
{
    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Feeds of which nothing was published.</summary>
    protected abstract ValueTask<IMirrorFeeds> OpenAsync();

    [Fact]
    public async Task A_log_that_was_never_mirrored_has_no_update()
    {
        var feeds = await OpenAsync();

        Assert.Null(await feeds.FindAsync(new Device().Log, Ct));
    }

    [Fact]
    public async Task An_update_is_found_as_it_was_stored()
    {
        var feeds = await OpenAsync();
        var log = new Device().Log;
        var update = Update(7);

        var stored = await feeds.TryReplaceAsync(log, null, update, Ct);
        var found = await feeds.FindAsync(log, Ct);

        Assert.Equal(stored!.Version, found!.Version);
        Assert.Equal(update with { Bytes = default }, found.Update with { Bytes = default });
        Assert.Equal(update.Bytes.ToArray(), found.Update.Bytes.ToArray());
    }

    [Fact]
    public async Task An_update_takes_the_place_of_the_one_last_read()
    {
        var feeds = await OpenAsync();
        var log = new Device().Log;
        var taken = await feeds.TryReplaceAsync(log, null, Update(0), Ct);

        var written = await feeds.TryReplaceAsync(log, taken, taken!.Update with { IsWritten = true }, Ct);
        var next = await feeds.TryReplaceAsync(log, written, Update(1), Ct);

        Assert.NotNull(next);
        Assert.Equal((1L, false), ((await feeds.FindAsync(log, Ct))!.Update.Index, (await feeds.FindAsync(log, Ct))!.Update.IsWritten));
    }

    [Fact]
    public async Task Of_two_that_take_an_index_after_the_same_update_exactly_one_has_it()
    {
        var feeds = await OpenAsync();
        var log = new Device().Log;
        var last = await feeds.TryReplaceAsync(log, null, Update(0), Ct);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => feeds.TryReplaceAsync(log, last, Update(1, seed: i), Ct).AsTask()));

        var winner = Assert.Single(outcomes, outcome => outcome is not null);
        Assert.Equal(winner!.Update.Bytes.ToArray(), (await feeds.FindAsync(log, Ct))!.Update.Bytes.ToArray());
    }

    [Fact]
    public async Task Of_many_first_updates_exactly_one_is_stored()
    {
        var feeds = await OpenAsync();
        var log = new Device().Log;

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => feeds.TryReplaceAsync(log, null, Update(0, seed: i), Ct).AsTask()));

        Assert.Single(outcomes, outcome => outcome is not null);
    }

    [Fact]
    public async Task Logs_have_feeds_of_their_own()
    {
        var feeds = await OpenAsync();
        var (first, second) = (new Device().Log, new Device().Log);
        await feeds.TryReplaceAsync(first, null, Update(4), Ct);

        Assert.Null(await feeds.FindAsync(second, Ct));
        Assert.NotNull(await feeds.TryReplaceAsync(second, null, Update(0), Ct));
    }

    private static FeedUpdate Update(long index, int seed = 1) =>
        new(index, Sequence: 10 + index, Sealed: 5 + index, A.Bytes(4201, seed + 100), IsWritten: false);
}
