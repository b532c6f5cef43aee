using RemoteLog.Protocol;
using RemoteLog.Server.Append;
using RemoteLog.Server.Storage;
using RemoteLog.Testing;

namespace RemoteLog.Server.Tests;

public sealed class AppendTests : IAsyncLifetime
{
    private readonly Device device = new();
    private readonly TestLog log = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => log.DisposeAsync();

    [Fact]
    public async Task What_was_appended_is_stored_as_signed()
    {
        await log.WriteAsync(device, "one");
        await log.WriteAsync(device, "two", "three");

        await log.CheckAsync(device);
    }

    [Fact]
    public async Task An_append_to_a_log_in_use_costs_one_storage_call()
    {
        await log.WriteAsync(device, "one");
        log.Probe.Reset();

        await log.WriteAsync(device, "two");

        Assert.Equal([nameof(INameRegistry.TryAppendAsync)], log.Probe.Calls);
    }

    [Fact]
    public async Task An_append_that_fills_a_page_costs_two()
    {
        await log.WriteManyAsync(device, log.Pages.Entries - 1);
        log.Probe.Reset();

        await log.WriteAsync(device, "the last of the page");

        Assert.Equal([nameof(INameRegistry.TryAppendAsync), nameof(IJobQueue.EnqueueAsync)], log.Probe.Calls);
    }

    [Fact]
    public async Task The_same_segment_again_is_answered_like_the_first_time_and_stores_nothing()
    {
        var segment = device.WriteSegment("one", "two");
        var first = Assert.IsType<AppendResult.Appended>(await log.AppendAsync(segment));

        var again = Assert.IsType<AppendResult.Appended>(await log.AppendAsync(segment));

        Assert.Equal(first.Head.Head, again.Head.Head);
        Assert.Equal(first.Head.Version, again.Head.Version);
    }

    [Fact]
    public async Task A_retry_is_answered_however_much_was_appended_and_sealed_since()
    {
        var old = device.WriteSegment("old one", "old two", "old three");
        await log.AppendAsync(old);
        await log.WriteManyAsync(device, 40);
        await log.Sealer.SealAsync(device.Log, CancellationToken.None);

        var again = await log.AppendAsync(old);

        Assert.Equal(device.Sequence, Assert.IsType<AppendResult.Appended>(again).Head.Head.Sequence);
        await log.CheckAsync(device);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(12)]
    [InlineData(19)]
    public async Task A_segment_that_overlaps_the_log_and_agrees_with_it_is_accepted_from_where_it_is_new(int start)
    {
        await log.WriteManyAsync(device, start);
        var offline = device.RestoreFromBackup();
        for (var i = start; i < 20; i++) await log.WriteAsync(device, $"message {i + 1}");
        await log.Sealer.SealAsync(device.Log, CancellationToken.None);

        var all = Enumerable.Range(start + 1, 25 - start).Select(i => $"message {i}").ToArray();
        Assert.IsType<AppendResult.Appended>(await log.AppendAsync(offline.WriteSegment(all)));

        await log.CheckAsync(offline);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 3)]
    [InlineData(3, 1)]
    [InlineData(3, 30)]
    [InlineData(30, 3)]
    public async Task A_second_history_is_refused_with_evidence_and_the_log_goes_on_from_the_first(int kept, int refused)
    {
        await log.WriteAsync(device, "common");
        var backup = device.RestoreFromBackup();
        await log.WriteAsync(device, [.. Enumerable.Range(0, kept).Select(i => $"kept {i}")]);
        await log.Sealer.SealAsync(device.Log, CancellationToken.None);

        var result = await log.AppendAsync(backup.WriteSegment([.. Enumerable.Range(0, refused).Select(i => $"refused {i}")]));

        var fork = Assert.IsType<AppendResult.Forked>(result).Fork;
        Assert.True(fork.Verify());
        Assert.Equal(backup.Link, fork.Refused.Link);
        Assert.Equal(fork.ToArray(), Assert.Single(await log.Storage.Names.ReadForksAsync(device.Log, CancellationToken.None)).ToArray());
        await log.WriteAsync(device, "after the fork");
        await log.CheckAsync(device);
    }

    [Fact]
    public async Task Evidence_is_kept_once_and_only_so_much_of_it()
    {
        await using var limited = new TestLog(limits: new LimitOptions { Forks = 2 });
        var blank = device.RestoreFromBackup();
        await limited.WriteAsync(device, "kept");
        for (var i = 0; i < 4; i++)
        {
            var segment = blank.RestoreFromBackup().WriteSegment($"refused {i}");
            Assert.IsType<AppendResult.Forked>(await limited.AppendAsync(segment));
            Assert.IsType<AppendResult.Forked>(await limited.AppendAsync(segment));
        }

        Assert.Equal(2, (await limited.Storage.Names.ReadForksAsync(device.Log, CancellationToken.None)).Count);
    }

    [Fact]
    public async Task Entries_in_a_fork_that_nobody_signed_prove_nothing_and_are_not_kept()
    {
        await log.WriteAsync(device, "kept");
        var forged = Segment.Write(device.Log, 1, [Entry.Embedded("forged"u8.ToArray())], SigningKey.Create().Sign("x"u8));

        Assert.IsType<AppendResult.BadSignature>(await log.AppendAsync(Device.Parse(forged)));

        Assert.Empty(await log.Storage.Names.ReadForksAsync(device.Log, CancellationToken.None));
    }

    [Fact]
    public async Task A_head_remembered_wrongly_costs_reads_but_no_mistake()
    {
        await log.WriteAsync(device, "one");
        var stale = log.Logs.Get(device.Log).LastSeen;
        await log.WriteAsync(device, "two");
        log.Logs.Get(device.Log).LastSeen = stale;

        await log.WriteAsync(device, "three");

        await log.CheckAsync(device);
    }

    [Fact]
    public async Task Of_many_copies_of_a_segment_sent_at_once_one_is_stored_and_all_are_answered()
    {
        var segment = device.WriteSegment("one", "two");

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => log.AppendAsync(segment).AsTask())));

        Assert.All(results, result => Assert.Equal(2, Assert.IsType<AppendResult.Appended>(result).Head.Head.Sequence));
        await log.CheckAsync(device);
    }

    [Fact]
    public async Task Of_two_histories_sent_at_once_one_is_kept_and_the_other_refused()
    {
        var other = device.RestoreFromBackup();
        var segments = new[] { device.WriteSegment("mine"), other.WriteSegment("mine too") };

        var results = await Task.WhenAll(segments.Select(segment => Task.Run(() => log.AppendAsync(segment).AsTask())));

        Assert.Single(results.OfType<AppendResult.Forked>());
        await log.CheckAsync(results[0] is AppendResult.Appended ? device : other);
    }
}
