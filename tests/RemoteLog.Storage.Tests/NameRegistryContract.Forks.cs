using RemoteLog.Protocol;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests;

public abstract partial class NameRegistryContract
{
    [Fact]
    public async Task Forks_come_back_as_they_were_kept_in_the_order_they_came()
    {
        var (names, device) = (await OpenAsync(), new Device());
        var kept = device.RestoreFromBackup().Sign(entries: 1);
        var forks = Enumerable.Range(0, 5).Select(_ => ForkOf(kept, device.RestoreFromBackup().Sign(entries: 3))).ToArray();

        foreach (var fork in forks) await names.AddForkAsync(fork, max: 10, Ct);

        var found = await names.ReadForksAsync(device.Log, Ct);
        Assert.Equal(forks.Select(fork => fork.ToArray()), found.Select(fork => fork.ToArray()));
        Assert.All(found, fork => Assert.True(fork.Verify()));
    }

    [Fact]
    public async Task The_same_refused_checkpoint_is_kept_once()
    {
        var (names, device) = (await OpenAsync(), new Device());
        var (kept, refused) = (device.RestoreFromBackup().Sign(entries: 1), device.RestoreFromBackup().Sign(A.Entry()));
        var signedAnew = device.RestoreFromBackup().Sign(A.Entry());

        await names.AddForkAsync(ForkOf(kept, refused), max: 10, Ct);
        await names.AddForkAsync(ForkOf(kept, refused) with { SeenAt = A.Moment.AddDays(1) }, max: 10, Ct);
        await names.AddForkAsync(ForkOf(kept, signedAnew), max: 10, Ct);

        Assert.NotEqual(refused.Signature, signedAnew.Signature);
        Assert.Equal(ForkOf(kept, refused).ToArray(), Assert.Single(await names.ReadForksAsync(device.Log, Ct)).ToArray());
    }

    [Fact]
    public async Task Past_so_many_forks_of_one_log_no_more_are_kept()
    {
        var (names, key) = (await OpenAsync(), SigningKey.Create());
        var (device, other) = (new Device(key), new Device(key, "photos"));
        var forks = Enumerable.Range(0, 5).Select(_ => ForkOf(device.RestoreFromBackup().Sign(entries: 1), device.RestoreFromBackup().Sign(entries: 1))).ToArray();

        foreach (var fork in forks) await names.AddForkAsync(fork, max: 3, Ct);
        await names.AddForkAsync(ForkOf(other.RestoreFromBackup().Sign(entries: 1), other.RestoreFromBackup().Sign(entries: 1)), max: 3, Ct);

        var found = await names.ReadForksAsync(device.Log, Ct);
        Assert.Equal(forks.Take(3).Select(fork => fork.Refused), found.Select(fork => fork.Refused));
        Assert.Equal(other.Log, Assert.Single(await names.ReadForksAsync(other.Log, Ct)).Refused.Log);
    }

    [Fact]
    public async Task Logs_with_many_entries_or_many_bytes_in_the_tail_are_found_unsealed()
    {
        var (names, many, large, small) = (await OpenAsync(), new Device(), new Device(), new Device());
        await names.AppendAsync(many.Sign(entries: 1_000), Ct);
        await names.AppendAsync(large.Sign(A.Entry(length: 300_000)), Ct);
        await names.AppendAsync(small.Sign(entries: 1), Ct);

        var found = await names.FindUnsealedAsync(entries: 1_000, bytes: 300_000, max: 100, Ct);

        Assert.Contains(many.Log, found);
        Assert.Contains(large.Log, found);
        Assert.DoesNotContain(small.Log, found);
        Assert.DoesNotContain(many.Log, await names.FindUnsealedAsync(entries: 1_001, bytes: 300_000, max: 100, Ct));
    }

    [Fact]
    public async Task What_is_sealed_does_not_count_as_unsealed()
    {
        var (names, whole, part) = (await OpenAsync(), new Device(), new Device());
        foreach (var device in new[] { whole, part })
        {
            await names.AppendAsync(device.Sign(entries: 600), Ct);
            await names.AppendAsync(device.Sign(entries: 600), Ct);
        }
        await names.SealAsync(whole.Log, Ct);
        await names.SealAsync(part.Log, Ct, segments: 1);

        var found = await names.FindUnsealedAsync(entries: 600, bytes: long.MaxValue, max: 100, Ct);
        var foundWithMore = await names.FindUnsealedAsync(entries: 601, bytes: long.MaxValue, max: 100, Ct);
        var foundWithAny = await names.FindUnsealedAsync(entries: 0, bytes: 0, max: 100, Ct);

        Assert.Contains(part.Log, found);
        Assert.DoesNotContain(part.Log, foundWithMore);
        Assert.DoesNotContain(whole.Log, foundWithAny);
    }

    [Fact]
    public async Task No_more_unsealed_logs_are_found_than_asked_for()
    {
        var names = await OpenAsync();
        for (var i = 0; i < 5; i++) await names.AppendAsync(A.Segment(), Ct);

        Assert.Equal(3, (await names.FindUnsealedAsync(entries: 1, bytes: 1, max: 3, Ct)).Count);
    }

    [Fact]
    public async Task Each_search_for_unsealed_logs_goes_on_where_the_last_ended_and_begins_anew_after_the_end()
    {
        var names = await OpenAsync();
        HashSet<LogName> logs = [];
        for (var i = 0; i < 5; i++)
        {
            var segment = A.Segment();
            await names.AppendAsync(segment, Ct);
            logs.Add(segment.Log);
        }

        var first = await names.FindUnsealedAsync(entries: 1, bytes: 1, max: 3, Ct);
        var second = await names.FindUnsealedAsync(entries: 1, bytes: 1, max: 3, Ct);
        var third = await names.FindUnsealedAsync(entries: 1, bytes: 1, max: 10, Ct);

        Assert.Equal((3, 2), (first.Count, second.Count));
        Assert.Equal(logs, [.. first, .. second]);
        Assert.Equal(logs, [.. third]);
    }

    private static Fork ForkOf(SignedSegment kept, SignedSegment refused) => new(
        kept.Checkpoint, refused.Checkpoint, Chain.Extend(refused.Before, [refused.Entries[0]]),
        [.. refused.Entries.Skip(1).Select(entry => new ForkStep(entry.HeaderDigest, entry.DataDigest))], A.Moment);
}
