using RemoteLog.Server.Storage;
using RemoteLog.Testing;

namespace RemoteLog.Server.Tests;

public sealed class ReadTests : IAsyncLifetime
{
    private readonly Device device = new();
    private readonly TestLog log = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => log.DisposeAsync();

    [Fact]
    public async Task Whatever_a_reader_has_it_gets_the_rest()
    {
        await log.WriteManyAsync(device, 20);
        await log.Sealer.SealAsync(device.Log, CancellationToken.None);
        await log.WriteAsync(device, "a", "b", "c");

        for (var after = 0L; after <= device.Sequence + 1; after++)
        {
            var pages = await log.ReadAsync(device, after);
            if (after >= device.Sequence)
            {
                Assert.Empty(pages);
                continue;
            }
            Assert.InRange(pages[0].First, 1, after + 1);
            Assert.Equal(device.Sequence, pages[^1].Last);
            for (var i = 1; i < pages.Count; i++) Assert.Equal(pages[i - 1].Last + 1, pages[i].First);
        }
    }

    [Fact]
    public async Task Catching_up_with_the_tail_costs_one_storage_call()
    {
        await log.WriteManyAsync(device, 5);
        log.Probe.Reset();

        await log.ReadAsync(device, 2);

        Assert.Equal([nameof(INameRegistry.ReadTailAsync)], log.Probe.Calls);
    }

    [Fact]
    public async Task Checking_the_head_costs_one_storage_call()
    {
        await log.WriteAsync(device, "one");
        log.Probe.Reset();

        await log.Watch.FindAsync(device.Log, _ => true, TimeSpan.Zero, CancellationToken.None);

        Assert.Equal([nameof(INameRegistry.FindHeadAsync)], log.Probe.Calls);
    }

    [Fact]
    public async Task A_log_that_was_never_written_has_nothing_to_read() =>
        Assert.Null(await log.Reader.FindAsync(device.Log, 0, CancellationToken.None));

    [Fact]
    public async Task A_tail_that_is_sealed_while_it_is_read_is_read_whole()
    {
        await using var slow = new TestLog(new PageOptions { Entries = 4, Bytes = 8 * 1024 * 1024, EmbedBytes = 1024 * 1024 });
        for (var i = 0; i < 4; i++) await slow.WriteAsync(device, new string('x', 900_000));

        var seen = 0L;
        await foreach (var run in (await slow.Reader.FindAsync(device.Log, 0, CancellationToken.None))!)
        {
            // The first slice of the tail is out; the rest moves into a page.
            if (seen++ == 0) await slow.Sealer.SealAsync(device.Log, CancellationToken.None);
            else Assert.NotNull(run.Page);
        }

        Assert.Equal(2, seen);
        await slow.CheckAsync(device);
    }

    [Fact]
    public async Task A_tail_that_waits_for_a_slow_store_is_read_in_slices()
    {
        await using var slow = new TestLog(new PageOptions { EmbedBytes = 1024 * 1024 });
        for (var i = 0; i < 5; i++) await slow.WriteAsync(device, new string('x', 900_000));

        Assert.Equal([1, 1, 1, 1, 1], (await slow.ReadAsync(device)).Select(page => page.Entries.Count));
    }

    [Fact]
    public async Task Whoever_waits_for_a_head_hears_of_the_next_append()
    {
        await log.WriteAsync(device, "one");
        var waiting = WaitAsync(log, 1, TimeSpan.FromMinutes(1));
        await HasTakenAsync(log, 1);

        await log.WriteAsync(device, "two");

        Assert.Equal(2, (await waiting)!.Head.Sequence);
        Assert.Equal(0, log.Watch.Taken);
    }

    [Fact]
    public async Task Whoever_waits_in_vain_gets_the_head_as_it_is()
    {
        await log.WriteAsync(device, "one");
        var waiting = WaitAsync(log, 1, TimeSpan.FromSeconds(8));

        while (!waiting.IsCompleted)
        {
            log.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(1, (await waiting)!.Head.Sequence);
    }

    [Fact]
    public async Task An_append_by_another_process_is_noticed_within_seconds()
    {
        await log.WriteAsync(device, "one");
        var start = log.Time.GetUtcNow();
        var waiting = WaitAsync(log, 1, TimeSpan.FromMinutes(1));
        await HasTakenAsync(log, 1);
        var watch = log.Watch;
        log.Restart();
        await log.WriteAsync(device, "two");

        while (!waiting.IsCompleted)
        {
            log.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(2, (await waiting)!.Head.Sequence);
        Assert.NotSame(watch, log.Watch);
    }

    [Fact]
    public async Task When_all_slots_are_taken_nobody_else_waits()
    {
        await using var narrow = new TestLog(waits: new WaitOptions { Slots = 1 });
        await narrow.WriteAsync(device, "one");
        using var leaving = new CancellationTokenSource();
        var waiting = narrow.Watch.FindAsync(device.Log, _ => false, TimeSpan.FromMinutes(1), leaving.Token).AsTask();
        await HasTakenAsync(narrow, 1);

        Assert.Equal(1, (await WaitAsync(narrow, 1, TimeSpan.FromMinutes(1)))!.Head.Sequence);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(0, narrow.Watch.Taken);
    }

    private Task<StoredHead?> WaitAsync(TestLog log, long known, TimeSpan wait) =>
        log.Watch.FindAsync(device.Log, head => head.Head.Sequence != known, wait, CancellationToken.None).AsTask();

    private static async Task HasTakenAsync(TestLog log, int slots)
    {
        while (log.Watch.Taken != slots) await Task.Yield();
    }
}
