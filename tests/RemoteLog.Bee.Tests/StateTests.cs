using RemoteLog.Bee.Emulator;
using RemoteLog.Testing;

namespace RemoteLog.Bee.Tests;

/// <summary>What is the same on every path.</summary>
public sealed class StateTests
{
    [Fact]
    public async Task A_node_that_is_starting_answers_only_for_itself()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);
        node.Faults.IsStarting = true;

        var upload = await bee.PostAsync("/bytes", A.Bytes(1));
        var health = await bee.GetAsync("/health");
        var readiness = await bee.GetAsync("/readiness");

        Assert.Equal((503, "Node is syncing. This endpoint is unavailable. Try again later."), (upload.Status, upload.Message));
        Assert.Equal((200, "nok"), (health.Status, health.Json.GetProperty("status").GetString()));
        Assert.Equal((400, "notReady"), (readiness.Status, readiness.Json.GetProperty("status").GetString()));
        Assert.Equal(200, (await bee.GetAsync("/node")).Status);
    }

    [Fact]
    public async Task Every_path_but_the_technical_ones_is_under_v1_as_well()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);

        Assert.Equal(200, (await bee.GetAsync("/v1/stamps")).Status);
        Assert.Equal(404, (await bee.GetAsync("/v1/health")).Status);
        Assert.Equal(200, (await bee.GetAsync("/health")).Status);
    }

    [Fact]
    public async Task Wrong_methods_are_405_in_Bees_words_and_options_are_204()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);

        var wrong = await bee.SendAsync(HttpMethod.Delete, "/bytes", null);
        var options = await bee.SendAsync(HttpMethod.Options, "/bytes", null);

        Assert.Equal((405, "Method Not Allowed"), (wrong.Status, wrong.Message));
        Assert.Contains("POST", wrong.ContentHeaders.Allow);
        Assert.Equal(204, options.Status);
    }

    [Fact]
    public async Task Pins_are_kept_by_the_node_and_found_incomplete_when_a_chunk_is_missing()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);
        var reference = (await bee.PostAsync("/bytes", A.Bytes(20_000))).Reference;
        var lost = Protocol.Swarm.TreeHasher.Root(A.Bytes(20_000).AsSpan(0, 4096));

        var pinned = await bee.PostAsync($"/pins/{reference}", null);
        var again = await bee.PostAsync($"/pins/{reference}", null);
        node.Network.Lose(lost);
        var retrievable = await bee.GetAsync($"/stewardship/{reference}");
        var reuploaded = await bee.SendAsync(HttpMethod.Put, $"/stewardship/{reference}", null);

        Assert.Equal((201, 200), (pinned.Status, again.Status));
        Assert.False(retrievable.Json.GetProperty("isRetrievable").GetBoolean());
        Assert.Equal(200, reuploaded.Status);
        Assert.True(node.Network.Has(lost));
    }

    [Fact]
    public async Task Requests_can_be_held_up_and_are_remembered()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);
        var (arrived, released) = (new TaskCompletionSource(), new TaskCompletionSource());
        node.Faults.Before = async (request, gone) =>
        {
            if (request.Path != "/bytes") return;
            arrived.SetResult();
            await released.Task.WaitAsync(gone);
        };

        var upload = bee.PostAsync("/bytes", A.Bytes(1));
        await arrived.Task;
        Assert.False(upload.IsCompleted);
        released.SetResult();

        Assert.Equal(201, (await upload).Status);
        Assert.Equal("false", Assert.Single(node.Requests, request => request.Path == "/bytes").Header("swarm-deferred-upload"));
    }
}
