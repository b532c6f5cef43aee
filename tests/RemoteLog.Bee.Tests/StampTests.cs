using Microsoft.Extensions.Time.Testing;
using RemoteLog.Bee.Emulator;
using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;
using RemoteLog.Testing;

namespace RemoteLog.Bee.Tests;

/// <summary>Batches: when one is full, young, or has run out.</summary>
public sealed class StampTests
{
    [Fact]
    public async Task A_full_bucket_of_an_immutable_batch_is_402_and_of_chunk_and_soc_each_as_it_has_it()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);
        using var key = Keys.New();
        bee.Batch.Fill(1);

        var bytes = await bee.PostAsync("/bytes", A.Bytes(10));
        var chunk = await bee.PostAsync("/chunks", Chunk.Of(A.Bytes(10)).ToArray());
        var soc = await bee.PostAsync(SingleOwnerChunk.Sign(key, default, Chunk.Of(A.Bytes(10))));

        Assert.Equal((402, "batch is overissued"), (bytes.Status, bytes.Message));
        Assert.Equal((402, "batch is overissued"), (chunk.Status, chunk.Message));
        Assert.Equal((400, "chunk write error"), (soc.Status, soc.Message));
    }

    [Fact]
    public async Task One_full_bucket_is_enough_for_the_chunks_that_belong_there()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);
        node.Faults.FullBucket = (ushort)PostageStamp.BucketOf(Chunk.Of(A.Bytes(10)).Address);

        Assert.Equal(402, (await bee.PostAsync("/bytes", A.Bytes(10))).Status);
        Assert.Equal(201, (await bee.PostAsync("/bytes", A.Bytes(11))).Status);
    }

    [Fact]
    public async Task The_same_content_again_takes_no_further_slot()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node, node.Buy(depth: 17));

        for (var i = 0; i < 4; i++) Assert.Equal(201, (await bee.PostAsync("/bytes", A.Bytes(10))).Status);

        var stamp = await bee.GetAsync($"/stamps/{bee.Batch.Id}");
        Assert.Equal(1, stamp.Json.GetProperty("utilization").GetInt32());
        Assert.Equal(0.5, stamp.Json.GetProperty("utilizationRatio").GetDouble());
    }

    [Fact]
    public async Task A_mutable_batch_that_is_full_overwrites_old_chunks_and_says_201()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node, node.Buy(depth: 17, isImmutable: false));
        using var key = Keys.New();
        var id = Digest.Of([1]);
        var first = SingleOwnerChunk.Sign(key, id, Chunk.Of(A.Bytes(1)));

        // Payloads of one id share a bucket, and each takes a slot of the two.
        Assert.Equal(201, (await bee.PostAsync(first)).Status);
        Assert.Equal(201, (await bee.PostAsync(SingleOwnerChunk.Sign(key, id, Chunk.Of(A.Bytes(2))))).Status);
        Assert.True(node.Network.Has(first.Address));
        var third = await bee.PostAsync(SingleOwnerChunk.Sign(key, id, Chunk.Of(A.Bytes(3))));

        Assert.Equal(201, third.Status);
        Assert.Equal(1u, bee.Batch.Utilization);
    }

    [Fact]
    public async Task A_batch_can_be_used_from_its_tenth_block_on()
    {
        var time = new FakeTimeProvider(A.Moment);
        await using var node = await BeeNode.StartAsync(new BeeNodeOptions { Time = time });
        using var bee = new BeeClient(node, node.Buy(isYoung: true));

        var early = await bee.PostAsync("/bytes", A.Bytes(1));
        var asked = await bee.GetAsync($"/stamps/{bee.Batch.Id}");
        var listed = await bee.GetAsync("/stamps");
        time.Advance(TimeSpan.FromSeconds(50));
        var later = await bee.PostAsync("/bytes", A.Bytes(1));

        Assert.Equal((422, "batch not usable yet or does not exist"), (early.Status, early.Message));
        Assert.Equal((400, "batch not usable"), (asked.Status, asked.Message));
        Assert.False(listed.Json.GetProperty("stamps")[0].GetProperty("usable").GetBoolean());
        Assert.Equal(201, later.Status);
    }

    [Fact]
    public async Task A_batch_runs_out_and_takes_its_chunks_with_it()
    {
        var time = new FakeTimeProvider(A.Moment);
        await using var node = await BeeNode.StartAsync(new BeeNodeOptions { Time = time });
        using var bee = new BeeClient(node, node.Buy(timeToLive: TimeSpan.FromDays(2)));
        var reference = (await bee.PostAsync("/bytes", A.Bytes(1))).Reference;

        var before = await bee.GetAsync($"/stamps/{bee.Batch.Id}");
        time.Advance(TimeSpan.FromDays(2));
        var upload = await bee.PostAsync("/bytes", A.Bytes(2));
        var after = await bee.GetAsync($"/stamps/{bee.Batch.Id}");
        var read = await bee.GetAsync($"/bytes/{reference}");

        Assert.InRange(before.Json.GetProperty("batchTTL").GetInt64(), 172_000, 172_800);
        Assert.Equal((404, "batch with id not found"), (upload.Status, upload.Message));
        Assert.Equal((404, "issuer does not exist"), (after.Status, after.Message));
        Assert.Equal(404, read.Status);
    }

    [Fact]
    public async Task A_node_cannot_issue_from_a_batch_that_another_bought()
    {
        var network = new BeeNetwork();
        await using var node = await BeeNode.StartAsync(network: network);
        await using var other = await BeeNode.StartAsync(network: network);
        using var bee = new BeeClient(node, other.Buy());

        Assert.Equal(404, (await bee.PostAsync("/bytes", A.Bytes(1))).Status);
        Assert.Equal(200, (await bee.GetAsync($"/batches/{bee.Batch.Id}")).Status);
    }

    [Fact]
    public async Task Nodes_of_one_network_read_what_either_uploaded()
    {
        var network = new BeeNetwork();
        await using var node = await BeeNode.StartAsync(network: network);
        await using var other = await BeeNode.StartAsync(network: network);
        using var bee = new BeeClient(node);
        using var reader = new BeeClient(other);

        var reference = (await bee.PostAsync("/bytes", A.Bytes(20_000))).Reference;

        Assert.Equal(A.Bytes(20_000), (await reader.GetAsync($"/bytes/{reference}")).Body);
    }
}
