using FsCheck.Fluent;
using RemoteLog.Protocol.Swarm;

namespace RemoteLog.Protocol.Tests.Swarm;

public sealed class TreeReadingTests
{
    [Fact]
    public void Data_is_read_back_from_the_chunks_of_its_tree() => Any.ForEach(Gen.Choose(0, 20_000), IsReadBack);

    [Theory]
    [InlineData(524288)]
    [InlineData(524289)]
    [InlineData(528384)]
    [InlineData(612345)]
    [InlineData(1048577)]
    public void Data_of_more_than_one_level_is_read_back_too(int length) => Assert.True(IsReadBack(length));

    [Theory]
    [InlineData(8192, 1)]
    [InlineData(8192, 3)]
    [InlineData(4097, 1)]
    [InlineData(524288, 127)]
    [InlineData(524289, 3)]
    [InlineData(524289, 129)]
    public void References_that_do_not_fit_the_span_are_refused(ulong span, int count) =>
        Assert.False(ChunkReference.TryReadChildren(new Chunk(span, new byte[Math.Min(count, 128) * 32]), out _));

    [Fact]
    public void A_chunk_of_data_has_no_children() => Assert.False(ChunkReference.TryReadChildren(Chunk.Of(new byte[4096]), out _));

    [Fact]
    public void Half_a_reference_is_refused() => Assert.False(ChunkReference.TryReadChildren(new Chunk(8192, new byte[63]), out _));

    [Theory]
    [InlineData(0x8100_0000_0000_2000)]
    [InlineData(ulong.MaxValue)]
    [InlineData((1UL << 61) + 1)]
    public void A_span_that_no_plain_tree_has_is_refused(ulong span) => Assert.False(ChunkReference.TryReadChildren(new Chunk(span, new byte[64]), out _));

    [Fact]
    public void The_highest_tree_is_read()
    {
        Assert.True(ChunkReference.TryReadChildren(new Chunk(1UL << 61, new byte[4096]), out var children));

        Assert.All(children, child => Assert.Equal(1UL << 54, child.Span));
    }

    [Fact]
    public void A_chunk_is_the_referenced_one_by_address_span_and_length()
    {
        var chunk = Chunk.Of(SwarmVectors.Bytes(100));
        var cut = new Chunk(100, SwarmVectors.Bytes(99));

        Assert.True(new ChunkReference(chunk.Address, 100).IsOf(chunk));
        Assert.False(new ChunkReference(chunk.Address, 101).IsOf(chunk));
        Assert.False(new ChunkReference(chunk.Address, 100).IsOf(Chunk.Of(SwarmVectors.Bytes(101))));
        Assert.False(new ChunkReference(cut.Address, 100).IsOf(cut));
    }

    private static bool IsReadBack(int length)
    {
        var data = SwarmVectors.Bytes(length);
        var (root, chunks) = Split(data);
        using var read = new MemoryStream();
        Join(new ChunkReference(root, (ulong)length), chunks, read);
        return read.ToArray().AsSpan().SequenceEqual(data);
    }

    private static (Digest Root, Dictionary<Digest, byte[]> Chunks) Split(byte[] data)
    {
        Dictionary<Digest, byte[]> chunks = [];
        var hasher = new TreeHasher((address, chunk) => chunks[address] = chunk.ToArray());
        hasher.Append(data);
        return (hasher.Finish(), chunks);
    }

    private static void Join(ChunkReference reference, Dictionary<Digest, byte[]> chunks, MemoryStream data)
    {
        Assert.True(Chunk.TryRead(chunks[reference.Address], out var chunk));
        Assert.True(reference.IsOf(chunk));
        if (chunk.Span <= Chunk.MaxPayload)
        {
            data.Write(chunk.Payload.Span);
            return;
        }

        Assert.True(ChunkReference.TryReadChildren(chunk, out var children));
        foreach (var child in children) Join(child, chunks, data);
    }
}
