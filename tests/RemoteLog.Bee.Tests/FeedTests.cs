using System.Text;
using RemoteLog.Bee.Emulator;
using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;
using RemoteLog.Testing;

namespace RemoteLog.Bee.Tests;

/// <summary>Single-owner chunks and feeds of them.</summary>
public sealed class FeedTests
{
    [Fact]
    public async Task A_feed_answers_its_newest_update_with_index_signature_and_version()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);
        using var key = Keys.New();
        var feed = FeedOf(key);
        SingleOwnerChunk? newest = null;
        for (var index = 0UL; index < 300; index++) await bee.PostAsync(newest = Update(key, feed, index, $"update {index}"));

        var answer = await bee.GetAsync($"/feeds/{feed.Owner}/{Convert.ToHexStringLower(feed.Topic.Span)}");

        Assert.Equal("update 299", Encoding.UTF8.GetString(answer.Body));
        Assert.Equal(("000000000000012b", "000000000000012c"), (answer.Header("swarm-feed-index"), answer.Header("swarm-feed-index-next")));
        Assert.Equal(newest!.Signature.ToString(), answer.Header("swarm-soc-signature"));
        Assert.Equal("v2", answer.Header("swarm-feed-resolved-version"));
    }

    [Fact]
    public async Task A_feed_may_answer_an_old_update_or_none_at_all()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);
        using var key = Keys.New();
        var feed = FeedOf(key);
        for (var index = 0UL; index < 3; index++) await bee.PostAsync(Update(key, feed, index, $"update {index}"));
        var path = $"/feeds/{feed.Owner}/{Convert.ToHexStringLower(feed.Topic.Span)}";

        node.Faults.FeedsLagBy = 2;
        var stale = await bee.GetAsync(path);
        node.Faults.FeedsLagBy = 3;
        var none = await bee.GetAsync(path);

        Assert.Equal("update 0", Encoding.UTF8.GetString(stale.Body));
        Assert.Equal((404, "no update found"), (none.Status, none.Message));
    }

    [Fact]
    public async Task An_update_over_one_chunk_is_joined_unless_only_its_root_is_asked_for()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);
        using var key = Keys.New();
        var feed = FeedOf(key);
        var data = A.Bytes(20_000);
        var root = (await bee.PostAsync("/bytes", data)).Reference;
        Assert.True(Chunk.TryRead((await bee.GetAsync($"/chunks/{root}")).Body, out var wrapped));
        var chunk = SingleOwnerChunk.Sign(key, feed.IdAt(0), wrapped);
        await bee.PostAsync(chunk);

        var joined = await bee.GetAsync($"/soc/{chunk.Owner}/{chunk.Id}");
        var only = await bee.GetAsync($"/soc/{chunk.Owner}/{chunk.Id}", ("swarm-only-root-chunk", "true"));
        var asked = await bee.GetAsync($"/soc/{chunk.Owner}/{chunk.Id}?swarm-only-root-chunk=true");

        Assert.Equal(data, joined.Body);
        Assert.Equal(wrapped.ToArray(), only.Body);
        Assert.Equal(data, asked.Body);
    }

    [Fact]
    public async Task A_second_payload_for_one_id_may_be_dropped_with_a_201()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);
        using var key = Keys.New();
        var feed = FeedOf(key);
        node.Faults.IgnoresOverwrites = true;
        var first = Update(key, feed, 0, "first");
        await bee.PostAsync(first);

        var second = await bee.PostAsync(Update(key, feed, 0, "second"));

        Assert.Equal(201, second.Status);
        Assert.Equal(first.ToArray(), (await bee.GetAsync($"/chunks/{first.Address}")).Body);
    }

    [Fact]
    public async Task Single_owner_chunks_are_checked_in_the_order_that_Bee_has()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);
        using var key = Keys.New();
        using var stranger = Keys.New();
        var chunk = SingleOwnerChunk.Sign(key, Digest.Of([1]), Chunk.Of(A.Bytes(10)));
        var path = $"/soc/{chunk.Owner}/{chunk.Id}";
        var body = chunk.Wrapped.ToArray();

        Assert.Equal("invalid path params", (await bee.PostAsync($"/soc/xx/{chunk.Id}?sig={chunk.Signature}", body)).Message);
        Assert.Equal("invalid query params", (await bee.PostAsync(path, body)).Message);
        Assert.Equal("short chunk data", (await bee.PostAsync($"{path}?sig={chunk.Signature}", body[..7])).Message);
        Assert.Equal(413, (await bee.PostAsync($"{path}?sig={chunk.Signature}", new byte[4105])).Status);
        Assert.Equal("invalid address", (await bee.PostAsync($"/soc/abcd/{chunk.Id}?sig={chunk.Signature}", body)).Message);
        var forged = await bee.PostAsync(chunk with { Owner = EthereumAddress.Of(stranger.Owner) });
        Assert.Equal((401, "invalid chunk"), (forged.Status, forged.Message));
    }

    [Fact]
    public async Task A_chunk_that_is_absent_is_404_or_500_and_head_asks_the_node_alone()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);
        var present = (await bee.PostAsync("/chunks", Chunk.Of(A.Bytes(10)).ToArray())).Reference;
        var absent = Digest.Of([1]).ToString();

        Assert.Equal("chunk not found", (await bee.GetAsync($"/chunks/{absent}")).Message);
        node.Faults.ChunkReadsFail = true;
        var failed = await bee.GetAsync($"/chunks/{absent}");
        Assert.Equal((500, "read chunk failed"), (failed.Status, failed.Message));

        Assert.Equal(404, (await bee.SendAsync(HttpMethod.Head, $"/chunks/{present}", null)).Status);
        Assert.Equal(200, (await bee.GetAsync($"/chunks/{present}")).Status);
        Assert.Equal(200, (await bee.SendAsync(HttpMethod.Head, $"/chunks/{present}", null)).Status);
    }

    [Fact]
    public async Task A_single_owner_chunk_is_taken_for_content_by_the_path_for_chunks_unless_it_is_nearly_full()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);
        using var key = Keys.New();
        var small = SingleOwnerChunk.Sign(key, Digest.Of([1]), Chunk.Of(A.Bytes(10)));
        var full = SingleOwnerChunk.Sign(key, Digest.Of([2]), Chunk.Of(A.Bytes(4096)));

        Assert.NotEqual(small.Address.ToString(), (await bee.PostAsync("/chunks", small.ToArray())).Reference);
        Assert.Equal(full.Address.ToString(), (await bee.PostAsync("/chunks", full.ToArray())).Reference);
        Assert.Equal("insufficient data length", (await bee.PostAsync("/chunks", new byte[7])).Message);
        Assert.Equal("create chunk error", (await bee.PostAsync("/chunks", new byte[4150])).Message);
        Assert.Equal(413, (await bee.PostAsync("/chunks", new byte[4202])).Status);
    }

    private static SequenceFeed FeedOf(SigningKey key) => new(SequenceFeed.TopicOf("notes").Span.ToArray(), EthereumAddress.Of(key.Owner));

    private static SingleOwnerChunk Update(SigningKey key, SequenceFeed feed, ulong index, string text) =>
        SingleOwnerChunk.Sign(key, feed.IdAt(index), Chunk.Of(Encoding.UTF8.GetBytes(text)));
}
