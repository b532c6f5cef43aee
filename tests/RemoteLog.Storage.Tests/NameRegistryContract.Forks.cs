using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests;

public abstract partial class NameRegistryContract
{
    [Fact]
    public async Task Forks_come_back_as_they_were_kept_in_the_order_they_came()
    {
        var (names, log) = (await OpenAsync(), A.Log());
        var kept = log.Twin().Write();
        var forks = Enumerable.Range(0, 5).Select(_ => ForkOf(kept, log.Twin().Write(entries: 3))).ToArray();

        foreach (var fork in forks) await names.AddForkAsync(fork, max: 10, Ct);

        var found = await names.ReadForksAsync(log.Name, Ct);
        Assert.Equal(forks.Select(fork => fork.ToArray()), found.Select(fork => fork.ToArray()));
        Assert.All(found, fork => Assert.True(fork.Verify()));
    }

    [Fact]
    public async Task The_same_refused_checkpoint_is_kept_once()
    {
        var (names, log) = (await OpenAsync(), A.Log());
        var (kept, refused) = (log.Twin().Write(), log.Twin().Write(A.Entry()));
        var signedAnew = log.Twin().Write(A.Entry());

        await names.AddForkAsync(ForkOf(kept, refused), max: 10, Ct);
        await names.AddForkAsync(ForkOf(kept, refused) with { SeenAt = A.Moment.AddDays(1) }, max: 10, Ct);
        await names.AddForkAsync(ForkOf(kept, signedAnew), max: 10, Ct);

        Assert.NotEqual(refused.Signature, signedAnew.Signature);
        Assert.Equal(ForkOf(kept, refused).ToArray(), Assert.Single(await names.ReadForksAsync(log.Name, Ct)).ToArray());
    }

    [Fact]
    public async Task Past_so_many_forks_of_one_log_no_more_are_kept()
    {
        var (names, key) = (await OpenAsync(), A.Key());
        var (log, other) = (A.Log("notes", key), A.Log("photos", key));
        var forks = Enumerable.Range(0, 5).Select(_ => ForkOf(log.Twin().Write(), log.Twin().Write())).ToArray();

        foreach (var fork in forks) await names.AddForkAsync(fork, max: 3, Ct);
        await names.AddForkAsync(ForkOf(other.Twin().Write(), other.Twin().Write()), max: 3, Ct);

        var found = await names.ReadForksAsync(log.Name, Ct);
        Assert.Equal(forks.Take(3).Select(fork => fork.Refused), found.Select(fork => fork.Refused));
        Assert.Equal(other.Name, Assert.Single(await names.ReadForksAsync(other.Name, Ct)).Refused.Log);
    }

    [Fact]
    public async Task Logs_with_many_entries_or_many_bytes_in_the_tail_are_found_unsealed()
    {
        var (names, many, large, small) = (await OpenAsync(), A.Log(), A.Log(), A.Log());
        await names.AppendAsync(many.Write(entries: 1_000), Ct);
        await names.AppendAsync(large.Write(A.Entry(length: 300_000)), Ct);
        await names.AppendAsync(small.Write(), Ct);

        var found = await names.FindUnsealedAsync(entries: 1_000, bytes: 300_000, max: 100, Ct);

        Assert.Contains(many.Name, found);
        Assert.Contains(large.Name, found);
        Assert.DoesNotContain(small.Name, found);
        Assert.DoesNotContain(many.Name, await names.FindUnsealedAsync(entries: 1_001, bytes: 300_000, max: 100, Ct));
    }

    [Fact]
    public async Task What_is_sealed_does_not_count_as_unsealed()
    {
        var (names, whole, part) = (await OpenAsync(), A.Log(), A.Log());
        foreach (var log in new[] { whole, part })
        {
            await names.AppendAsync(log.Write(entries: 600), Ct);
            await names.AppendAsync(log.Write(entries: 600), Ct);
        }
        await names.SealAsync(whole.Name, Ct);
        await names.SealAsync(part.Name, Ct, segments: 1);

        var found = await names.FindUnsealedAsync(entries: 600, bytes: long.MaxValue, max: 100, Ct);
        var foundWithMore = await names.FindUnsealedAsync(entries: 601, bytes: long.MaxValue, max: 100, Ct);
        var foundWithAny = await names.FindUnsealedAsync(entries: 0, bytes: 0, max: 100, Ct);

        Assert.Contains(part.Name, found);
        Assert.DoesNotContain(part.Name, foundWithMore);
        Assert.DoesNotContain(whole.Name, foundWithAny);
    }

    [Fact]
    public async Task No_more_unsealed_logs_are_found_than_asked_for()
    {
        var names = await OpenAsync();
        for (var i = 0; i < 5; i++) await names.AppendAsync(A.Segment(), Ct);

        Assert.Equal(3, (await names.FindUnsealedAsync(entries: 1, bytes: 1, max: 3, Ct)).Count);
    }

    private static Fork ForkOf(SignedSegment kept, SignedSegment refused) => new(
        kept.Checkpoint, refused.Checkpoint, Chain.Extend(refused.Before, [refused.Entries[0]]),
        [.. refused.Entries.Skip(1).Select(entry => new ForkStep(entry.HeaderDigest, entry.DataDigest))], A.Moment);
}
