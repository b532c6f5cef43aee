using RemoteLog.Protocol;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests;

public abstract partial class NameRegistryContract
{
    [Fact]
    public async Task Sealing_replaces_segments_by_a_page_and_keeps_the_newer_ones()
    {
        var (names, log) = (await OpenAsync(), A.Log());
        for (var i = 0; i < 3; i++) await names.AppendAsync(log.Write(entries: 2), Ct);
        var before = await names.ReadWholeTailAsync(log.Name, Ct);
        var page = SealedPage.Of(before, segments: 2);

        var stored = await names.TrySealAsync(before.Head, page.Next, page.Record, page.Replaced, Ct);

        Assert.Equal(page.Next, stored!.Head);
        var after = await names.ReadWholeTailAsync(log.Name, Ct);
        Assert.Equal(stored.Version, after.Head.Version);
        Assert.Equal(page.Next, after.Head.Head);
        Assert.Equal(6, Assert.Single(after.Segments).Last);
        Assert.Equal(after.Segments[0].Block.Length, after.Head.TailBytes);
        Assert.Equal(page.Record, Assert.Single(await names.ReadPagesAsync(log.Name, 0, 10, Ct)));
    }

    [Fact]
    public async Task A_seal_that_came_too_late_stores_nothing()
    {
        var (names, log) = (await OpenAsync(), A.Log());
        await names.AppendAsync(log.Write(), Ct);
        var stale = await names.ReadWholeTailAsync(log.Name, Ct);
        var page = SealedPage.Of(stale);
        var current = await names.AppendAsync(log.Write(), Ct);

        Assert.Null(await names.TrySealAsync(stale.Head, page.Next, page.Record, page.Replaced, Ct));

        var tail = await names.ReadWholeTailAsync(log.Name, Ct);
        Assert.Equal(current.Version, tail.Head.Version);
        Assert.Equal(current.TailBytes, tail.Head.TailBytes);
        Assert.Equal(2, tail.Segments.Count);
        Assert.Empty(await names.ReadPagesAsync(log.Name, 0, 10, Ct));
    }

    [Fact]
    public async Task Of_two_that_seal_the_same_tail_exactly_one_wins()
    {
        var (names, log) = (await OpenAsync(), A.Log());
        for (var i = 0; i < 4; i++) await names.AppendAsync(log.Write(), Ct);
        var tail = await names.ReadWholeTailAsync(log.Name, Ct);

        var outcomes = await Task.WhenAll(Enumerable.Range(1, 4).Select(segments => Task.Run(
            async () =>
            {
                var page = SealedPage.Of(tail, segments);
                return await names.TrySealAsync(tail.Head, page.Next, page.Record, page.Replaced, Ct);
            },
            Ct)));

        var winner = Assert.Single(outcomes, outcome => outcome is not null);
        Assert.Equal(winner!.Head.Page, Assert.Single(await names.ReadPagesAsync(log.Name, 0, 10, Ct)).Address);
        Assert.Equal(4 - winner.Head.Sealed, (await names.ReadWholeTailAsync(log.Name, Ct)).Segments.Count);
    }

    [Fact]
    public async Task A_log_that_is_sealed_to_the_end_goes_on()
    {
        var (names, log) = (await OpenAsync(), A.Log());
        await names.AppendAsync(log.Write(entries: 3), Ct);
        var sealedHead = await names.SealAsync(log.Name, Ct);
        var empty = await names.ReadWholeTailAsync(log.Name, Ct);

        await names.AppendAsync(log.Write(), Ct);

        Assert.Equal(0, sealedHead.TailBytes);
        Assert.Empty(empty.Segments);
        var tail = await names.ReadWholeTailAsync(log.Name, Ct);
        Assert.Equal((3, 4), (tail.Head.Head.Sealed, tail.Head.Head.Sequence));
        Assert.Equal(4, Assert.Single(tail.Segments).First);
    }

    [Fact]
    public async Task The_tail_and_its_head_are_of_one_moment_while_others_append_and_seal()
    {
        var (names, log) = (await OpenAsync(), A.Log());
        await names.AppendAsync(log.Write(), Ct);

        var writing = Task.Run(
            async () =>
            {
                for (var round = 0; round < 100; round++)
                {
                    await names.AppendAsync(log.Write(entries: 2), Ct);
                    if (round % 3 == 0) await names.SealAsync(log.Name, Ct, segments: 2);
                }
            },
            Ct);

        HashSet<string> seen = [];
        do
        {
            var tail = await names.ReadWholeTailAsync(log.Name, Ct);
            seen.Add(tail.Head.Version);
            Assert.Equal(tail.Head.TailBytes, tail.Segments.Sum(segment => segment.Block.Length));
            var next = tail.Head.Head.Sealed + 1;
            foreach (var segment in tail.Segments)
            {
                Assert.Equal(next, segment.First);
                next = segment.Last + 1;
            }
            Assert.Equal(tail.Head.Head.Sequence + 1, next);
        }
        while (!writing.IsCompleted);

        await writing;
        Assert.True(seen.Count > 1, "Nothing changed while the tail was read, so nothing was tested.");
    }

    [Fact]
    public async Task Hundreds_of_pages_are_read_in_order_and_in_portions()
    {
        var (names, log) = (await OpenAsync(), A.Log());
        for (var i = 0; i < 300; i++)
        {
            await names.AppendAsync(log.Write(entries: 2), Ct);
            await names.SealAsync(log.Name, Ct);
        }

        List<PageRecord> read = [];
        for (var after = 0L; await names.ReadPagesAsync(log.Name, after, 70, Ct) is { Count: > 0 } portion; after = read[^1].Last)
        {
            Assert.True(portion.Count == 70 || portion[^1].Last == 600);
            read.AddRange(portion);
        }

        Assert.Equal(Enumerable.Range(0, 300).Select(i => (First: (2L * i) + 1, Last: (2L * i) + 2)), read.Select(page => (page.First, page.Last)));
        Assert.Equal((await names.FindHeadAsync(log.Name, Ct))!.Head.Page, read[^1].Address);
    }

    [Theory]
    [InlineData(0, 10, new long[] { 3, 6, 9 })]
    [InlineData(2, 10, new long[] { 3, 6, 9 })]
    [InlineData(3, 10, new long[] { 6, 9 })]
    [InlineData(3, 1, new long[] { 6 })]
    [InlineData(9, 10, new long[] { })]
    public async Task Pages_start_with_the_one_that_holds_the_next_entry(long after, int max, long[] expected)
    {
        var (names, log) = (await OpenAsync(), A.Log());
        for (var i = 0; i < 3; i++)
        {
            await names.AppendAsync(log.Write(entries: 3), Ct);
            await names.SealAsync(log.Name, Ct);
        }

        var pages = await names.ReadPagesAsync(log.Name, after, max, Ct);

        Assert.Equal(expected, pages.Select(page => page.Last));
    }

    [Fact]
    public async Task A_page_may_lie_in_a_store_that_goes_by_another_hash()
    {
        var (names, log) = (await OpenAsync(), A.Log());
        await names.AppendAsync(log.Write(), Ct);
        var tail = await names.ReadWholeTailAsync(log.Name, Ct);
        var page = SealedPage.Of(tail);
        var address = new Cid(CidKind.Swarm, Digest.Of("elsewhere"u8));

        await names.TrySealAsync(tail.Head, page.Next with { Page = address }, page.Record with { Address = address }, page.Replaced, Ct);

        Assert.Equal(address, (await names.FindHeadAsync(log.Name, Ct))!.Head.Page);
        Assert.Equal(address, Assert.Single(await names.ReadPagesAsync(log.Name, 0, 10, Ct)).Address);
    }
}
