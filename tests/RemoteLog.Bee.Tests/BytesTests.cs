using Microsoft.Extensions.Time.Testing;
using RemoteLog.Bee.Emulator;
using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;
using RemoteLog.Testing;

namespace RemoteLog.Bee.Tests;

/// <summary>Data of any length.</summary>
public sealed class BytesTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(128 * 4096 + 1)]
    public async Task What_was_uploaded_is_at_the_address_that_our_hasher_gives_it(int length)
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);
        var data = A.Bytes(length);

        var uploaded = await bee.PostAsync("/bytes", data);
        var read = await bee.GetAsync($"/bytes/{uploaded.Reference}");

        Assert.Equal(201, uploaded.Status);
        Assert.Equal(TreeHasher.Root(data).ToString(), uploaded.Reference);
        Assert.Equal(data, read.Body);
        Assert.Equal($"\"{uploaded.Reference}\"", read.Header("ETag"));
    }

    [Fact]
    public async Task An_upload_over_a_chunk_that_asks_for_no_level_of_redundancy_is_refused_by_a_strict_node()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);

        var answer = await bee.PostAsync("/bytes", A.Bytes(4097), ("swarm-redundancy-level", ""));

        Assert.Equal(501, answer.Status);
    }

    [Fact]
    public async Task Parts_of_data_are_read_by_range()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);
        var data = A.Bytes(1_000_000);
        var reference = (await bee.PostAsync("/bytes", data)).Reference;

        var part = await bee.GetAsync($"/bytes/{reference}", ("Range", "bytes=524280-524300"));
        var last = await bee.GetAsync($"/bytes/{reference}", ("Range", "bytes=-10"));
        var beyond = await bee.GetAsync($"/bytes/{reference}", ("Range", "bytes=1000000-"));

        Assert.Equal((206, "bytes 524280-524300/1000000"), (part.Status, part.ContentHeaders.ContentRange!.ToString()));
        Assert.Equal(data[524280..524301], part.Body);
        Assert.Equal(data[^10..], last.Body);
        Assert.Equal(416, beyond.Status);
    }

    [Fact]
    public async Task Data_that_is_known_already_is_not_sent_again()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);
        var reference = (await bee.PostAsync("/bytes", A.Bytes(10))).Reference;

        Assert.Equal(304, (await bee.GetAsync($"/bytes/{reference}", ("If-None-Match", $"\"{reference}\""))).Status);
    }

    [Fact]
    public async Task Head_says_how_long_data_is_even_when_most_of_it_is_lost()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);
        var data = A.Bytes(50_000);
        var reference = (await bee.PostAsync("/bytes", data)).Reference;
        node.Network.Lose(TreeHasher.Root(data.AsSpan(0, 4096)));

        var head = await bee.SendAsync(HttpMethod.Head, $"/bytes/{reference}", null);

        Assert.Equal((200, 50_000L), (head.Status, head.ContentHeaders.ContentLength));
    }

    [Fact]
    public async Task A_chunk_that_is_missing_ends_the_body_early_under_a_200()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);
        var data = A.Bytes(50_000);
        var reference = (await bee.PostAsync("/bytes", data)).Reference;
        node.Network.Lose(TreeHasher.Root(data.AsSpan(8192, 4096)));
        using var http = new HttpClient();

        using var response = await http.GetAsync(new Uri(node.Address, $"/bytes/{reference}"), HttpCompletionOption.ResponseHeadersRead);
        using var received = new MemoryStream();
        var ended = await Assert.ThrowsAnyAsync<Exception>(() => response.Content.CopyToAsync(received));

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(50_000, response.Content.Headers.ContentLength);
        Assert.True(ended is HttpRequestException or IOException, ended.ToString());
    }

    [Theory]
    [InlineData("zz", 400)]
    [InlineData("abc", 400)]
    [InlineData("0xabcd", 400)]
    [InlineData("abcd", 500)]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", 500)]
    [InlineData("1111111111111111111111111111111111111111111111111111111111111111", 404)]
    public async Task References_that_lead_nowhere_are_told_apart(string reference, int status)
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);

        Assert.Equal(status, (await bee.GetAsync($"/bytes/{reference}")).Status);
    }

    [Fact]
    public async Task Malformed_headers_are_named_in_the_reasons()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);

        var missing = await bee.PostAsync("/bytes", A.Bytes(1), ("swarm-postage-batch-id", ""));
        var malformed = await bee.PostAsync("/bytes", A.Bytes(1), ("swarm-deferred-upload", "yes"), ("swarm-redundancy-level", "5"));

        Assert.Equal((400, "invalid header params"), (missing.Status, missing.Message));
        var reason = Assert.Single(missing.Json.GetProperty("reasons").EnumerateArray());
        Assert.Equal(("swarm-postage-batch-id", "want required:"), (reason.GetProperty("field").GetString(), reason.GetProperty("error").GetString()));
        Assert.Equal(
            ["Swarm-Deferred-Upload", "Swarm-Redundancy-Level"],
            malformed.Json.GetProperty("reasons").EnumerateArray().Select(fault => fault.GetProperty("field").GetString()));
    }

    [Fact]
    public async Task A_direct_upload_is_on_the_network_and_a_deferred_one_only_when_it_was_pushed()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);
        node.Faults.HoldsDeferred = true;

        var direct = await bee.PostAsync("/bytes", A.Bytes(10));
        var deferred = await bee.PostAsync("/bytes", A.Bytes(11), ("swarm-deferred-upload", "true"));
        var pinned = await bee.PostAsync("/bytes", A.Bytes(12), ("swarm-pin", "true"));

        Assert.True(IsOnNetwork(direct));
        Assert.False(IsOnNetwork(deferred));
        Assert.False(IsOnNetwork(pinned));
        Assert.Null(direct.Header("swarm-tag"));
        Assert.NotNull(deferred.Header("swarm-tag"));
        node.PushDeferred();
        Assert.True(IsOnNetwork(deferred) && IsOnNetwork(pinned));

        bool IsOnNetwork(BeeAnswer answer) => node.Network.Has(new Digest(Convert.FromHexString(answer.Reference)));
    }

    [Fact]
    public async Task What_was_only_deferred_is_lost_when_the_node_restarts()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);
        node.Faults.HoldsDeferred = true;
        var reference = (await bee.PostAsync("/bytes", A.Bytes(10), ("swarm-deferred-upload", "true"))).Reference;

        var before = await bee.GetAsync($"/bytes/{reference}");
        await node.RestartAsync();
        var after = await bee.GetAsync($"/bytes/{reference}");

        Assert.Equal((200, 404), (before.Status, after.Status));
    }

    [Fact]
    public async Task A_fresh_chunk_may_take_a_while_until_it_can_be_read()
    {
        var time = new FakeTimeProvider(A.Moment);
        await using var node = await BeeNode.StartAsync(new BeeNodeOptions { Time = time });
        using var bee = new BeeClient(node);
        node.Faults.DelayBeforeReadable = TimeSpan.FromSeconds(30);
        var reference = (await bee.PostAsync("/bytes", A.Bytes(10))).Reference;

        var early = await bee.GetAsync($"/bytes/{reference}");
        time.Advance(TimeSpan.FromSeconds(30));
        var later = await bee.GetAsync($"/bytes/{reference}");

        Assert.Equal((404, 200), (early.Status, later.Status));
    }

    [Fact]
    public async Task A_connection_that_is_cut_after_the_write_leaves_what_was_written()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);
        node.Faults.CutsAfterWrite = 1;

        await Assert.ThrowsAsync<HttpRequestException>(() => bee.PostAsync("/bytes", A.Bytes(10)));

        Assert.True(node.Network.Has(TreeHasher.Root(A.Bytes(10))));
        Assert.Equal(201, (await bee.PostAsync("/bytes", A.Bytes(10))).Status);
    }

    [Fact]
    public async Task Without_peers_a_direct_upload_hangs_until_the_client_goes_away()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);
        node.Faults.HasNoPeers = true;
        using var patience = new CancellationTokenSource();
        using var http = new HttpClient { BaseAddress = node.Address, DefaultRequestHeaders = { { "swarm-postage-batch-id", bee.Batch.Id.ToString() }, { "swarm-deferred-upload", "false" } } };

        var upload = http.PostAsync(new Uri("/bytes", UriKind.Relative), new ByteArrayContent([1]), patience.Token);
        var status = await bee.GetAsync("/status");
        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upload);
        Assert.Equal(0, status.Json.GetProperty("connectedPeers").GetInt32());
        Assert.Empty(node.Network.Addresses);
    }

    [Fact]
    public async Task Other_faults_come_when_they_are_asked_for()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);
        var data = A.Bytes(5000);
        var reference = (await bee.PostAsync("/bytes", data)).Reference;

        node.Faults.FailingPushes = 1;
        Assert.Equal("split write all failed", (await bee.PostAsync("/bytes", A.Bytes(7))).Message);
        Assert.Equal(201, (await bee.PostAsync("/bytes", A.Bytes(7))).Status);

        node.Faults.AnswersWrongReference = true;
        Assert.NotEqual(reference, (await bee.PostAsync("/bytes", data)).Reference);

        node.Faults.BodiesEndAfter = 4500;
        Assert.Equal(data[..4500], (await bee.GetAsync($"/bytes/{reference}")).Body);
        node.Faults.BodiesEndAfter = null;

        node.Faults.CacheIsCorrupt = true;
        Assert.NotEqual(data, (await bee.GetAsync($"/bytes/{reference}")).Body);
        Assert.Equal(data, (await bee.GetAsync($"/bytes/{reference}", ("swarm-cache", "false"))).Body);
    }
}
