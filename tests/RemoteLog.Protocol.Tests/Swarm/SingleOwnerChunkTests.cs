using System.Security.Cryptography;
using System.Text.Json;
using RemoteLog.Protocol.Swarm;

namespace RemoteLog.Protocol.Tests.Swarm;

public sealed class SingleOwnerChunkTests
{
    public static IEnumerable<TheoryDataRow<string>> Good => SwarmVectors.Rows("soc", "name");

    public static IEnumerable<TheoryDataRow<string>> Bad => SwarmVectors.Rows("soc_invalid", "why");

    public static IEnumerable<TheoryDataRow<string>> Feeds => SwarmVectors.Rows("feeds", "topic");

    [Theory, MemberData(nameof(Good))]
    public void A_chunk_has_the_address_and_the_bytes_of_its_vector(string row)
    {
        var vector = SwarmVectors.Parse(row);
        var wrapped = new Chunk((ulong)vector.Number("span"), vector.Payload());

        AssertIsGenuine(vector, vector.Digest("id"), wrapped);
        Assert.Equal(vector.GetProperty("post_body_sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(wrapped.ToArray())));
        Assert.Equal(vector.Number("post_body_length"), wrapped.ToArray().Length);
    }

    [Theory, MemberData(nameof(Good))]
    public void A_chunk_that_its_key_signs_is_read_at_its_address(string row)
    {
        var vector = SwarmVectors.Parse(row);
        using var key = vector.Key();

        var chunk = SingleOwnerChunk.Sign(key, vector.Digest("id"), new Chunk((ulong)vector.Number("span"), vector.Payload()));

        Assert.Equal(vector.Digest("address"), chunk.Address);
        Assert.True(chunk.IsGenuine());
        Assert.True(SingleOwnerChunk.TryRead(chunk.ToArray(), vector.Digest("address"), out var read));
        Assert.Equal(vector.Payload(), read.Wrapped.Payload.ToArray());
        Assert.False((chunk with { Id = default(Digest) == chunk.Id ? chunk.Address : default }).IsGenuine());
    }

    [Theory, MemberData(nameof(Bad))]
    public void A_bad_chunk_is_refused(string row)
    {
        var vector = SwarmVectors.Parse(row);

        Assert.False(SingleOwnerChunk.TryRead(vector.Hex("chunk_hex"), vector.Digest("claimed_address"), out var chunk));
        Assert.Null(chunk);
    }

    [Theory, MemberData(nameof(Feeds))]
    public void A_feed_s_updates_are_where_its_vector_says(string row)
    {
        var vector = SwarmVectors.Parse(row);
        var feed = new SequenceFeed(vector.Hex("topic"), new EthereumAddress(vector.Hex("owner")));

        if (vector.GetProperty("topic_text").GetString() is { } text) Assert.Equal(vector.Digest("topic"), SequenceFeed.TopicOf(text));
        Assert.All(vector.GetProperty("updates").EnumerateArray(), update =>
        {
            var index = ulong.Parse(update.TryGetProperty("index_text", out var number) ? number.GetString()! : update.GetProperty("index").ToString());
            Assert.Equal(update.Digest("identifier"), feed.IdAt(index));
            Assert.Equal(update.Digest("address"), feed.AddressAt(index));
            if (!update.TryGetProperty("kind", out _)) return;

            // A content longer than one chunk is wrapped by its root chunk, whose span is the content's length.
            var wrapped = new Chunk(update.GetProperty("span").GetUInt64(), update.Hex("payload_hex"));
            AssertIsGenuine(update, feed.IdAt(index), wrapped, feed.Owner);
            if (update.TryGetProperty("content_generator_length", out var length)) Assert.Equal(TreeHasher.Root(SwarmVectors.Bytes(length.GetInt32())), wrapped.Address);
        });
    }

    private static void AssertIsGenuine(JsonElement vector, Digest id, Chunk wrapped, EthereumAddress? feedOwner = null)
    {
        var owner = feedOwner ?? new EthereumAddress(vector.Hex("owner"));
        Assert.Equal(vector.Digest("wrapped_address"), wrapped.Address);
        Assert.Equal(vector.Digest("message32"), Keccak256.Hash(id.Span, wrapped.Address.Span));
        foreach (var name in (string[])["signature_rfc6979", "signature_beejs"])
        {
            var chunk = new SingleOwnerChunk(id, owner, RecoverableSignature.Read(vector.Hex(name))!.Value, wrapped);
            Assert.Equal(vector.Digest("address"), chunk.Address);
            Assert.True(chunk.IsGenuine());
            Assert.True(SingleOwnerChunk.TryRead(chunk.ToArray(), chunk.Address, out _));
            if (name == "signature_rfc6979") Assert.Equal(vector.GetProperty("chunk_sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(chunk.ToArray())));
        }
    }
}
