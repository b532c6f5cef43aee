using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests;

/// <summary>What every <see cref="INameRegistry"/> promises about heads and tails; pages, forks and the sweep's question are in the other part.</summary>
public abstract partial class NameRegistryContract
{
    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>A registry that knows no log, or only logs of other tests.</summary>
    protected abstract ValueTask<INameRegistry> OpenAsync();

    [Fact]
    public async Task A_log_that_was_never_written_is_not_there()
    {
        var (names, log) = (await OpenAsync(), A.Log().Name);

        Assert.Null(await names.FindHeadAsync(log, Ct));
        Assert.Null(await names.ReadTailAsync(log, 0, int.MaxValue, Ct));
        Assert.Empty(await names.ReadPagesAsync(log, 0, 10, Ct));
        Assert.Empty(await names.ReadForksAsync(log, Ct));
    }

    [Fact]
    public async Task A_head_comes_back_as_it_was_stored()
    {
        var (names, service) = (await OpenAsync(), A.Key());
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
        foreach (var (each, service) in new[] { (segment, A.Key()), (next, A.Key()) })
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
        var (names, log) = (await OpenAsync(), A.Log());
        var current = await names.AppendAsync(log.Write(), Ct);
        var (segment, other) = (log.Twin().Write(), log.Twin().Write());

        var first = await names.TryAppendAsync(current, segment.After(current.Head), segment.ToRecord(), Ct);
        var second = await names.TryAppendAsync(current, other.After(current.Head), other.ToRecord(), Ct);

        Assert.Equal(segment.Link, first!.Head.Link);
        Assert.Null(second);
    }

    [Fact]
    public async Task Of_two_writers_that_found_no_log_exactly_one_wins()
    {
        var (names, log) = (await OpenAsync(), A.Log());
        var (segment, other) = (log.Twin().Write(), log.Twin().Write());

        var first = await names.TryAppendAsync(null, segment.After(null), segment.ToRecord(), Ct);
        var second = await names.TryAppendAsync(null, other.After(null), other.ToRecord(), Ct);

        Assert.NotNull(first);
        Assert.Null(second);
    }

    [Fact]
    public async Task Of_many_writers_at_once_exactly_one_wins_and_only_its_segment_is_stored()
    {
        var (names, log) = (await OpenAsync(), A.Log());
        var current = await names.AppendAsync(log.Write(), Ct);
        var segments = Enumerable.Range(0, 32).Select(_ => log.Twin().Write()).ToArray();

        var outcomes = await Task.WhenAll(segments.Select(segment =>
            Task.Run(async () => await names.TryAppendAsync(current, segment.After(current.Head), segment.ToRecord(), Ct), Ct)));

        var winner = Assert.Single(outcomes, outcome => outcome is not null);
        var tail = await names.ReadWholeTailAsync(log.Name, Ct);
        Assert.Equal(winner!.Head, tail.Head.Head);
        Assert.Equal([current.Head.Link, winner.Head.Link], tail.Segments.Select(segment => segment.Link));
    }

    [Fact]
    public async Task An_append_that_came_too_late_stores_nothing()
    {
        var (names, log) = (await OpenAsync(), A.Log());
        var stale = await names.AppendAsync(log.Write(), Ct);
        var late = log.Twin().Write(entries: 5);
        var current = await names.AppendAsync(log.Write(), Ct);

        Assert.Null(await names.TryAppendAsync(stale, late.After(stale.Head), late.ToRecord(), Ct));
        Assert.Null(await names.TryAppendAsync(null, late.After(null), late.ToRecord(), Ct));

        var tail = await names.ReadWholeTailAsync(log.Name, Ct);
        Assert.Equal(current.Version, tail.Head.Version);
        Assert.Equal(current.Bytes, tail.Head.Bytes);
        Assert.Equal(current.TailBytes, tail.Head.TailBytes);
        Assert.Equal([1, 2], tail.Segments.Select(segment => segment.Last));
    }

    [Fact]
    public async Task Every_change_changes_the_version()
    {
        var (names, log) = (await OpenAsync(), A.Log());
        List<string> versions = [];
        for (var i = 0; i < 3; i++)
        {
            versions.Add((await names.AppendAsync(log.Write(), Ct)).Version);
            versions.Add((await names.SealAsync(log.Name, Ct)).Version);
        }

        Assert.Distinct(versions);
        Assert.Equal(versions[^1], (await names.FindHeadAsync(log.Name, Ct))!.Version);
    }

    [Fact]
    public async Task Logs_are_told_apart_by_owner_and_by_topic()
    {
        var (names, key) = (await OpenAsync(), A.Key());
        OwnedLog[] logs = [A.Log("notes", key), A.Log("Notes", key), A.Log("notes")];
        for (var i = 0; i < logs.Length; i++) await names.AppendAsync(logs[i].Write(entries: i + 1), Ct);

        foreach (var log in logs)
        {
            var tail = await names.ReadWholeTailAsync(log.Name, Ct);
            Assert.Equal(log.Link, tail.Head.Head.Link);
            Assert.Equal(log.Link, Assert.Single(tail.Segments).Link);
        }
    }

    [Fact]
    public async Task Everybody_sees_what_was_completed_before()
    {
        var (names, logs) = (await OpenAsync(), Enumerable.Range(0, 8).Select(_ => A.Log()).ToArray());

        await Task.WhenAll(logs.Select(log => Task.Run(
            async () =>
            {
                for (var i = 1; i <= 20; i++)
                {
                    var stored = await names.AppendAsync(log.Write(), Ct);
                    Assert.Equal(stored.Version, (await names.FindHeadAsync(log.Name, Ct))!.Version);
                    Assert.Equal(i, (await names.ReadWholeTailAsync(log.Name, Ct)).Segments.Count);
                }
            },
            Ct)));
    }

    [Fact]
    public async Task A_segment_comes_back_as_it_was_stored()
    {
        var (names, log) = (await OpenAsync(), A.Log());
        await names.AppendAsync(log.Write(), Ct);
        var segment = log.Write(A.Entry(length: 100_000), A.Entry(length: 0), A.Entry(length: 1));
        await names.AppendAsync(segment, Ct);

        var found = (await names.ReadWholeTailAsync(log.Name, Ct)).Segments[1];

        Assert.Equal(segment.ToRecord() with { Block = default }, found with { Block = default });
        Assert.Equal(segment.ToRecord().Block, found.Block);
    }

    [Fact]
    public async Task Segments_of_four_megabytes_come_back_as_they_were_stored()
    {
        var (names, log) = (await OpenAsync(), A.Log());
        var segments = Enumerable.Range(1, 3).Select(seed => log.Write([.. Enumerable.Range(0, 4).Select(i => A.Entry(1024 * 1024, (seed * 10) + i))])).ToArray();
        foreach (var segment in segments) await names.AppendAsync(segment, Ct);

        var tail = await names.ReadWholeTailAsync(log.Name, Ct);

        Assert.Equal(segments.Sum(segment => segment.ToRecord().Block.Length), tail.Head.TailBytes);
        Assert.Equal(segments.Select(segment => segment.ToRecord().Block), tail.Segments.Select(segment => segment.Block));
    }

    [Fact]
    public async Task A_block_may_be_part_of_a_larger_buffer()
    {
        var (names, segment) = (await OpenAsync(), A.Segment());
        var record = segment.ToRecord();
        byte[] buffer = [9, .. record.Block.Span, 9, 9];

        await names.TryAppendAsync(null, segment.After(null), record with { Block = buffer.AsMemory(1, record.Block.Length) }, Ct);

        var tail = await names.ReadWholeTailAsync(segment.Log, Ct);
        Assert.Equal(record.Block, tail.Segments[0].Block);
        Assert.Equal(record.Block.Length, tail.Head.TailBytes);
    }

    [Theory]
    [InlineData(0, new long[] { 3, 6, 9 })]
    [InlineData(2, new long[] { 3, 6, 9 })]
    [InlineData(3, new long[] { 6, 9 })]
    [InlineData(8, new long[] { 9 })]
    [InlineData(9, new long[] { })]
    [InlineData(1000, new long[] { })]
    public async Task The_tail_starts_with_the_segment_that_holds_the_next_entry(long after, long[] expected)
    {
        var (names, log) = (await OpenAsync(), A.Log());
        for (var i = 0; i < 3; i++) await names.AppendAsync(log.Write(entries: 3), Ct);

        var tail = await names.ReadTailAsync(log.Name, after, int.MaxValue, Ct);

        Assert.Equal(9, tail!.Head.Head.Sequence);
        Assert.Equal(expected, tail.Segments.Select(segment => segment.Last));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    [InlineData(100, 5)]
    public async Task The_tail_stays_within_so_many_bytes_but_is_never_empty(int blocks, int expected)
    {
        var (names, log) = (await OpenAsync(), A.Log());
        for (var i = 0; i < 5; i++) await names.AppendAsync(log.Write(A.Entry(length: 500, seed: i)), Ct);
        var block = (await names.ReadWholeTailAsync(log.Name, Ct)).Segments[0].Block.Length;

        var exact = await names.ReadTailAsync(log.Name, 0, blocks * block, Ct);
        var almostOneMore = await names.ReadTailAsync(log.Name, 0, (blocks * block) + block - 1, Ct);

        Assert.Equal(expected, exact!.Segments.Count);
        Assert.Equal(expected, almostOneMore!.Segments.Count);
    }
}
