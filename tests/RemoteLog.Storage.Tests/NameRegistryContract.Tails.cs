using RemoteLog.Protocol;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests;

public abstract partial class NameRegistryContract
{
    [Fact]
    public async Task A_segment_comes_back_as_it_was_stored()
    {
        var (names, device) = (await OpenAsync(), new Device());
        await names.AppendAsync(device.Sign(entries: 1), Ct);
        var segment = device.Sign(A.Entry(length: 100_000), A.Entry(length: 0), A.Entry(length: 1));
        await names.AppendAsync(segment, Ct);

        var found = (await names.ReadWholeTailAsync(device.Log, Ct)).Segments[1];

        Assert.Equal(segment.ToRecord() with { Block = default }, found with { Block = default });
        Assert.Equal(segment.ToRecord().Block, found.Block);
    }

    [Fact]
    public async Task Segments_of_four_megabytes_come_back_as_they_were_stored()
    {
        var (names, device) = (await OpenAsync(), new Device());
        var segments = Enumerable.Range(1, 3).Select(seed => device.Sign([.. Enumerable.Range(0, 4).Select(i => A.Entry(1024 * 1024, (seed * 10) + i))])).ToArray();
        foreach (var segment in segments) await names.AppendAsync(segment, Ct);

        var tail = await names.ReadWholeTailAsync(device.Log, Ct);

        Assert.Equal(segments.Sum(segment => segment.ToRecord().Block.Length), tail.Head.TailBytes);
        Assert.Equal(segments.Select(segment => Digest.Of(segment.ToRecord().Block.Span)), tail.Segments.Select(segment => Digest.Of(segment.Block.Span)));
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
        var (names, device) = (await OpenAsync(), new Device());
        for (var i = 0; i < 3; i++) await names.AppendAsync(device.Sign(entries: 3), Ct);

        var tail = await names.ReadTailAsync(device.Log, after, int.MaxValue, Ct);

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
        var (names, device) = (await OpenAsync(), new Device());
        for (var i = 0; i < 5; i++) await names.AppendAsync(device.Sign(A.Entry(length: 500, seed: i)), Ct);
        var block = (await names.ReadWholeTailAsync(device.Log, Ct)).Segments[0].Block.Length;

        var exact = await names.ReadTailAsync(device.Log, 0, blocks * block, Ct);
        var almostOneMore = await names.ReadTailAsync(device.Log, 0, (blocks * block) + block - 1, Ct);

        Assert.Equal(expected, exact!.Segments.Count);
        Assert.Equal(expected, almostOneMore!.Segments.Count);
    }
}
