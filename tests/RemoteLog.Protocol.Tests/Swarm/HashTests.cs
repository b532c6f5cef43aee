using System.Security.Cryptography;
using System.Text;
using FsCheck.Fluent;
using RemoteLog.Protocol.Swarm;

namespace RemoteLog.Protocol.Tests.Swarm;

public sealed class HashTests
{
    /// <summary>Lengths around every edge of the tree: segments, chunks, a full intermediate chunk and a carrier.</summary>
    private static readonly int[] Edges = [0, 1, 31, 32, 33, 64, 65, 4095, 4096, 4097, 8192, 8193, 128 * 4096, 128 * 4096 + 1, 129 * 4096, 257 * 4096];

    public static IEnumerable<TheoryDataRow<string>> Keccaks => SwarmVectors.Rows("keccak256", "digest");

    public static IEnumerable<TheoryDataRow<string>> Chunks => SwarmVectors.Rows("chunk_addresses", "length");

    public static IEnumerable<TheoryDataRow<string>> ChunksOfOtherSpan => SwarmVectors.Rows("chunk_addresses_custom_span", "span");

    public static IEnumerable<TheoryDataRow<string>> Roots => SwarmVectors.Rows("bytes_roots", "length");

    public static IEnumerable<TheoryDataRow<string>> Trees => SwarmVectors.Rows("bytes_roots_trees", "length");

    [Fact]
    public void The_generator_makes_the_bytes_that_the_vectors_were_made_of()
    {
        var generator = SwarmVectors.File.GetProperty("generator");

        Assert.Equal(generator.Hex("check_first_32"), SwarmVectors.Bytes(32));
        Assert.All(
            generator.GetProperty("check_sha256").EnumerateObject(),
            check => Assert.Equal(check.Value.GetString(), Convert.ToHexStringLower(SHA256.HashData(SwarmVectors.Bytes(int.Parse(check.Name))))));
    }

    [Theory, MemberData(nameof(Keccaks))]
    public void Keccak_is_that_of_its_vector(string row)
    {
        var vector = SwarmVectors.Parse(row);
        var data = vector.TryGetProperty("text", out var text) ? Encoding.UTF8.GetBytes(text.GetString()!) : SwarmVectors.Bytes(vector.Number("generator_length"));

        Assert.Equal(vector.Digest("digest"), Keccak256.Hash(data));
        Assert.All(Enumerable.Range(0, data.Length + 1).Where(at => at < 300), at => Assert.Equal(vector.Digest("digest"), Keccak256.Hash(data.AsSpan(0, at), data.AsSpan(at))));
    }

    [Theory, MemberData(nameof(Chunks))]
    public void A_chunk_has_the_address_of_its_vector(string row)
    {
        var vector = SwarmVectors.Parse(row);
        var chunk = Chunk.Of(SwarmVectors.Bytes(vector.Number("length")));

        Assert.Equal(vector.Digest("address"), chunk.Address);
        Assert.Equal(vector.Hex("span_hex"), chunk.ToArray()[..Chunk.SpanSize]);
        Assert.Equal(vector.Digest("address"), Keccak256.Hash(vector.Hex("span_hex"), vector.Hex("bmt_root")));
        Assert.True(Chunk.TryRead(chunk.ToArray(), out var read));
        Assert.Equal(vector.Digest("address"), read.Address);
    }

    [Theory, MemberData(nameof(ChunksOfOtherSpan))]
    public void A_chunk_is_hashed_with_the_span_it_says(string row)
    {
        var vector = SwarmVectors.Parse(row);

        Assert.True(Chunk.TryRead((byte[])[.. vector.Hex("span_hex"), .. vector.Payload()], out var chunk));

        Assert.Equal((ulong)vector.Number("span"), chunk.Span);
        Assert.Equal(vector.Digest("address"), chunk.Address);
    }

    [Theory, MemberData(nameof(Roots))]
    public void Data_has_the_root_and_the_tree_of_its_vector(string row)
    {
        var vector = SwarmVectors.Parse(row);
        var (data, intermediate) = (0, 0);
        var hasher = new TreeHasher((address, chunk) => (BitConverter.ToUInt64(chunk) <= Chunk.MaxPayload ? ref data : ref intermediate)++);

        hasher.Append(SwarmVectors.Bytes(vector.Number("length")));

        Assert.Equal(vector.Number("length"), hasher.Length);
        Assert.Equal(vector.Digest("root"), hasher.Finish());
        Assert.Equal(vector.Digest("root"), TreeHasher.Root(SwarmVectors.Bytes(vector.Number("length"))));
        Assert.Equal((vector.Number("data_chunks"), vector.Number("intermediate_chunks")), (data, intermediate));
    }

    [Theory, MemberData(nameof(Trees))]
    public void Every_chunk_of_a_tree_is_that_of_its_vector(string row)
    {
        var vector = SwarmVectors.Parse(row);
        List<(string, ulong)> chunks = [];
        var hasher = new TreeHasher((address, chunk) => chunks.Add((address.ToString(), BitConverter.ToUInt64(chunk))));

        hasher.Append(SwarmVectors.Bytes(vector.Number("length")));
        hasher.Finish();

        var expected = vector.GetProperty("levels").EnumerateArray().SelectMany(level => level.EnumerateArray()).Select(node => (node[0].GetString()!, node[1].GetUInt64()));
        Assert.Equal(expected, chunks);
    }

    [Fact]
    public void Data_has_the_same_root_in_whatever_portions_it_comes() => Any.ForEach(
        from length in Gen.OneOf(Gen.Elements(Edges), Gen.Choose(0, 100_000))
        from portions in Gen.OneOf(Gen.Choose(1, 5_000), Gen.Choose(1, 200_000)).NonEmptyListOf()
        from emits in Gen.Elements(true, false)
        select (length, portions, emits),
        some =>
        {
            var data = SwarmVectors.Bytes(some.length);
            var hasher = new TreeHasher(some.emits ? static (_, _) => { } : null);
            for (var (at, i) = (0, 0); at < data.Length; i++)
            {
                var portion = Math.Min(some.portions[i % some.portions.Count], data.Length - at);
                hasher.Append(data.AsSpan(at, portion));
                at += portion;
            }
            return hasher.Finish() == TreeHasher.Root(data);
        });

    [Fact]
    public void One_flipped_bit_gives_another_root() => Any.ForEach(
        from length in Gen.OneOf(Gen.Elements(Edges[1..]), Gen.Choose(1, 20_000))
        from at in Gen.Choose(0, length * 8 - 1)
        select (length, at),
        some =>
        {
            var data = SwarmVectors.Bytes(some.length);
            var root = TreeHasher.Root(data);
            data[some.at / 8] ^= (byte)(1 << (some.at % 8));
            return TreeHasher.Root(data) != root;
        });

    [Fact]
    public void Zeros_at_the_end_give_another_root() =>
        Assert.Equal(Edges.Length, Edges.Select(length => TreeHasher.Root(new byte[length])).Distinct().Count());

    [Fact]
    public void A_hasher_begins_anew_once_it_was_asked_for_the_root()
    {
        var hasher = new TreeHasher();
        hasher.Append(SwarmVectors.Bytes(10_000));
        hasher.Finish();

        hasher.Append(SwarmVectors.Bytes(5_000));

        Assert.Equal(TreeHasher.Root(SwarmVectors.Bytes(5_000)), hasher.Finish());
    }

    [Fact]
    public void A_chunk_is_not_longer_than_4096_bytes_and_not_shorter_than_its_span()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Chunk.Of(new byte[4097]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Chunk.AddressOf(0, new byte[4097]));
        Assert.False(Chunk.TryRead(new byte[7], out _));
        Assert.False(Chunk.TryRead(new byte[4105], out _));
    }
}
