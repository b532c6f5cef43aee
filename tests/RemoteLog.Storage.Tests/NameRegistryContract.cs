using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests;

/// <summary>What every <see cref="INameRegistry"/> promises about heads; tails, pages, forks and the sweep's question are in the other parts.</summary>
public abstract partial class NameRegistryContract
{
    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>A registry that knows no log, or only logs of other tests.</summary>
    protected abstract ValueTask<INameRegistry> OpenAsync();

    [Fact]
    public async Task A_log_that_was_never_written_is_not_there()
    {
        var (names, log) = (await OpenAsync(), new Device().Log);

        Assert.Null(await names.FindHeadAsync(log, Ct));
        Assert.Null(await names.ReadTailAsync(log, 0, int.MaxValue, Ct));
        Assert.Empty(await names.ReadPagesAsync(log, 0, 10, Ct));
        Assert.Empty(await names.ReadForksAsync(log, Ct));
    }

    [Fact]
    public async Task A_head_comes_back_as_it_was_stored()
    {
        var (names, service) = (await OpenAsync(), SigningKey.Create());
        var segment = A.Segment(entries: 3);
        var text = Receipt.Text(segment.Log, segment.Last, segment.Link, A.Moment);
        var head = segment.After(null) with { Erased = 2, Receipt = new Receipt(service.Owner, A.Moment, service.Sign(text)) };

        var stored = await names.TryAppendAsync(null, head, segment.ToRecord(), Ct);
        var found = await names.FindHeadAsync(segment.Log, Ct);

        Assert.Equal(head, stored!.Head);
        Assert.Equal(head, found!.Head);
        Assert.Equal(head.ToArray(), stored.Bytes);
        Assert.Equal(head.ToArray(), found.Bytes);
        Assert.Equal(stored.Version, found.Version);
        Assert.Equal(stored.TailBytes, found.TailBytes);
    }

    [Fact]
    public async Task Heads_keep_the_signers_of_their_own_receipts()
    {
        var (names, segment, next) = (await OpenAsync(), A.Segment(), A.Segment());
        foreach (var (each, service) in new[] { (segment, SigningKey.Create()), (next, SigningKey.Create()) })
        {
            var receipt = new Receipt(service.Owner, A.Moment, service.Sign(Receipt.Text(each.Log, each.Last, each.Link, A.Moment)));
            await names.TryAppendAsync(null, each.After(null) with { Receipt = receipt }, each.ToRecord(), Ct);
        }

        foreach (var each in new[] { segment, next, segment })
        {
            var head = (await names.FindHeadAsync(each.Log, Ct))!.Head;
            Assert.True(head.Receipt!.Verify(head.Log, head.Sequence, head.Link));
        }
    }

    [Fact]
    public async Task Of_two_writers_that_read_the_same_head_exactly_one_wins()
    {
        var (names, device) = (await OpenAsync(), new Device());
        var current = await names.AppendAsync(device.Sign(entries: 1), Ct);
        var (segment, other) = (device.RestoreFromBackup().Sign(entries: 1), device.RestoreFromBackup().Sign(entries: 1));

        var first = await names.TryAppendAsync(current, segment.After(current.Head), segment.ToRecord(), Ct);
        var second = await names.TryAppendAsync(current, other.After(current.Head), other.ToRecord(), Ct);

        Assert.Equal(segment.Link, first!.Head.Link);
        Assert.Null(second);
    }

    [Fact]
    public async Task Of_two_writers_that_found_no_log_exactly_one_wins()
    {
        var (names, device) = (await OpenAsync(), new Device());
        var (segment, other) = (device.RestoreFromBackup().Sign(entries: 1), device.RestoreFromBackup().Sign(entries: 1));

        var first = await names.TryAppendAsync(null, segment.After(null), segment.ToRecord(), Ct);
        var second = await names.TryAppendAsync(null, other.After(null), other.ToRecord(), Ct);

        Assert.NotNull(first);
        Assert.Null(second);
    }

    [Fact]
    public async Task Of_many_writers_at_once_exactly_one_wins_and_only_its_segment_is_stored()
    {
        var (names, device) = (await OpenAsync(), new Device());
        var current = await names.AppendAsync(device.Sign(entries: 1), Ct);
        var segments = Enumerable.Range(0, 32).Select(_ => device.RestoreFromBackup().Sign(entries: 1)).ToArray();

        var outcomes = await Task.WhenAll(segments.Select(segment =>
            Task.Run(async () => await names.TryAppendAsync(current, segment.After(current.Head), segment.ToRecord(), Ct), Ct)));

        var winner = Assert.Single(outcomes, outcome => outcome is not null);
        var tail = await names.ReadWholeTailAsync(device.Log, Ct);
        Assert.Equal(winner!.Head, tail.Head.Head);
        Assert.Equal([current.Head.Link, winner.Head.Link], tail.Segments.Select(segment => segment.Link));
    }

    [Fact]
    public async Task An_append_that_came_too_late_stores_nothing()
    {
        var (names, device) = (await OpenAsync(), new Device());
        var stale = await names.AppendAsync(device.Sign(entries: 1), Ct);
        var late = device.RestoreFromBackup().Sign(entries: 5);
        var current = await names.AppendAsync(device.Sign(entries: 1), Ct);

        Assert.Null(await names.TryAppendAsync(stale, late.After(stale.Head), late.ToRecord(), Ct));
        Assert.Null(await names.TryAppendAsync(null, late.After(null), late.ToRecord(), Ct));

        var tail = await names.ReadWholeTailAsync(device.Log, Ct);
        Assert.Equal(current.Version, tail.Head.Version);
        Assert.Equal(current.Bytes, tail.Head.Bytes);
        Assert.Equal(current.TailBytes, tail.Head.TailBytes);
        Assert.Equal([1, 2], tail.Segments.Select(segment => segment.Last));
    }

    [Fact]
    public async Task Every_change_changes_the_version()
    {
        var (names, device) = (await OpenAsync(), new Device());
        List<string> versions = [];
        for (var i = 0; i < 3; i++)
        {
            versions.Add((await names.AppendAsync(device.Sign(entries: 1), Ct)).Version);
            versions.Add((await names.SealAsync(device.Log, Ct)).Version);
        }

        Assert.Distinct(versions);
        Assert.Equal(versions[^1], (await names.FindHeadAsync(device.Log, Ct))!.Version);
    }

    [Fact]
    public async Task Logs_are_told_apart_by_owner_and_by_topic()
    {
        var (names, key) = (await OpenAsync(), SigningKey.Create());
        Device[] devices = [new Device(key), new Device(key, "Notes"), new Device()];
        for (var i = 0; i < devices.Length; i++) await names.AppendAsync(devices[i].Sign(entries: i + 1), Ct);

        foreach (var device in devices)
        {
            var tail = await names.ReadWholeTailAsync(device.Log, Ct);
            Assert.Equal(device.Link, tail.Head.Head.Link);
            Assert.Equal(device.Link, Assert.Single(tail.Segments).Link);
        }
    }

    [Fact]
    public async Task Everybody_sees_what_was_completed_before()
    {
        var (names, devices) = (await OpenAsync(), Enumerable.Range(0, 8).Select(_ => new Device()).ToArray());

        await Task.WhenAll(devices.Select(device => Task.Run(
            async () =>
            {
                for (var i = 1; i <= 20; i++)
                {
                    var stored = await names.AppendAsync(device.Sign(entries: 1), Ct);
                    Assert.Equal(stored.Version, (await names.FindHeadAsync(device.Log, Ct))!.Version);
                    Assert.Equal(i, (await names.ReadWholeTailAsync(device.Log, Ct)).Segments.Count);
                }
            },
            Ct)));
    }
}
