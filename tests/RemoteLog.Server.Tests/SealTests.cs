using RemoteLog.Protocol;
using RemoteLog.Server.Seal;
using RemoteLog.Server.Storage;
using RemoteLog.Testing;

namespace RemoteLog.Server.Tests;

public sealed class SealTests : IAsyncLifetime
{
    private readonly Device device = new();
    private readonly TestLog log = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => log.DisposeAsync();

    [Fact]
    public async Task A_tail_shorter_than_a_page_stays_as_it_is()
    {
        await log.WriteManyAsync(device, log.Pages.Entries - 1);

        await SealAsync();

        Assert.Equal(0, (await HeadAsync()).Sealed);
    }

    [Fact]
    public async Task Pages_hold_so_many_entries_and_the_rest_stays_in_the_tail()
    {
        await log.WriteManyAsync(device, (3 * log.Pages.Entries) + 2);

        await SealAsync();

        Assert.Equal([8, 8, 8, 2], (await log.ReadAsync(device)).Select(page => page.Entries.Count));
        await log.CheckAsync(device);
    }

    [Fact]
    public async Task A_page_ends_where_a_segment_ends()
    {
        foreach (var size in new[] { 5, 5, 5, 20, 1 }) await log.WriteAsync(device, [.. Enumerable.Range(0, size).Select(i => $"{i}")]);

        await SealAsync();

        Assert.Equal([5, 5, 5, 20, 1], (await log.ReadAsync(device)).Select(page => page.Entries.Count));
        Assert.Equal(35, (await HeadAsync()).Sealed);
        await log.CheckAsync(device);
    }

    [Fact]
    public async Task Pages_hold_so_many_bytes()
    {
        await using var small = new TestLog(new PageOptions { Entries = 1000, Bytes = 3000, EmbedBytes = 1000 });
        for (var i = 0; i < 10; i++) await small.WriteAsync(device, new string('x', 900));

        await small.Sealer.SealAsync(device.Log, CancellationToken.None);

        var head = (await small.Storage.Names.FindHeadAsync(device.Log, CancellationToken.None))!;
        Assert.True(head.TailBytes < 3000);
        Assert.All(await small.Storage.Names.ReadPagesAsync(device.Log, 0, 10, CancellationToken.None), page => Assert.InRange(page.Size, 1, 3500));
        await small.CheckAsync(device);
    }

    [Fact]
    public async Task One_entry_a_page_is_the_specs_linked_list()
    {
        await using var list = new TestLog(new PageOptions { Entries = 1 });
        for (var i = 0; i < 5; i++)
        {
            await list.WriteAsync(device, $"{i}");
            await list.Sealer.SealAsync(device.Log, CancellationToken.None);
        }

        Assert.Equal([1, 1, 1, 1, 1], (await list.ReadAsync(device)).Select(page => page.Entries.Count));
        await list.CheckAsync(device);
    }

    [Fact]
    public async Task Sealing_costs_three_storage_calls_a_page()
    {
        await log.WriteManyAsync(device, log.Pages.Entries);
        log.Probe.Reset();

        await SealAsync();

        Assert.Equal([nameof(INameRegistry.ReadTailAsync), nameof(IContentStore.PutAsync), nameof(INameRegistry.TrySealAsync)], log.Probe.Calls);
    }

    [Fact]
    public async Task After_a_seal_an_append_still_costs_one_call()
    {
        await log.WriteManyAsync(device, log.Pages.Entries);
        await SealAsync();
        log.Probe.Reset();

        await log.WriteAsync(device, "next");

        Assert.Single(log.Probe.Calls);
    }

    [Fact]
    public async Task Sealing_again_changes_nothing()
    {
        await log.WriteManyAsync(device, 10);
        await SealAsync();
        var head = await HeadAsync();

        await SealAsync();

        Assert.Equal(head, await HeadAsync());
    }

    [Fact]
    public async Task Sealing_and_appending_at_once_lose_nothing()
    {
        await log.WriteManyAsync(device, 8);
        var written = false;
        var sealing = Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!Volatile.Read(ref written)) await log.Sealer.SealAsync(device.Log, CancellationToken.None);
        })));
        for (var i = 0; i < 200; i++) await log.WriteAsync(device, [.. Enumerable.Range(0, log.Pages.Entries).Select(number => $"{i} {number}")]);
        Volatile.Write(ref written, true);
        await sealing;

        await log.CheckAsync(device);
    }

    [Fact]
    public async Task A_lost_seal_job_is_made_good_when_the_next_page_fills()
    {
        await log.WriteManyAsync(device, log.Pages.Entries);
        var lost = await log.Storage.Jobs.ReceiveAsync(Sealer.Queue, 10, TimeSpan.FromHours(1), CancellationToken.None);
        Assert.Single(lost);

        await log.WriteManyAsync(device, log.Pages.Entries);

        Assert.Single(await log.Storage.Jobs.ReceiveAsync(Sealer.Queue, 10, TimeSpan.FromHours(1), CancellationToken.None));
    }

    [Fact]
    public async Task A_lost_seal_job_is_made_good_by_the_sweep()
    {
        await log.WriteManyAsync(device, log.Pages.Entries + 1);

        await log.Sweeper.SweepAsync(CancellationToken.None);

        Assert.Equal(log.Pages.Entries, (await HeadAsync()).Sealed);
        await log.CheckAsync(device);
    }

    private ValueTask SealAsync() => log.Sealer.SealAsync(device.Log, CancellationToken.None);

    private async Task<Head> HeadAsync() => (await log.Storage.Names.FindHeadAsync(device.Log, CancellationToken.None))!.Head;
}
