using System.Diagnostics;
using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;
using RemoteLog.Server.Storage;
using RemoteLog.Storage.Swarm;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests.Swarm;

/// <summary>What nodes, batches and networks do to a store, one fault at a time.</summary>
public sealed class SwarmStoreTests : IAsyncDisposable
{
    private readonly SwarmNodes nodes = new();
    private readonly byte[] content = A.Bytes(20_000);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private Cid Address => TreeHasher.AddressOf(content);

    public ValueTask DisposeAsync() => nodes.DisposeAsync();

    [Fact]
    public async Task An_upload_is_direct_plain_unpinned_and_paid_by_the_batch()
    {
        var node = await nodes.StartAsync();
        var batch = node.Buy();

        await nodes.Open(node, batch).PutAsync(Address, content, Ct);

        var upload = Assert.Single(node.Requests, request => request.Path == "/bytes");
        Assert.Equal(("0", "false", null, null, batch.Id.ToString()), (
            upload.Header("swarm-redundancy-level"), upload.Header("swarm-deferred-upload"), upload.Header("swarm-pin"), upload.Header("swarm-encrypt"),
            upload.Header("swarm-postage-batch-id")));
        Assert.True(nodes.Network.Has(Address.Hash));
        Assert.Empty(node.Pins);
    }

    [Fact]
    public async Task A_node_is_not_told_of_the_trace_that_content_belongs_to()
    {
        var node = await nodes.StartAsync();
        var store = nodes.Open(node, node.Buy());
        using var activity = new Activity("append").SetIdFormat(ActivityIdFormat.W3C).Start();

        await store.PutAsync(Address, content, Ct);

        Assert.NotEmpty(node.Requests);
        Assert.All(node.Requests, request => Assert.Null(request.Header("traceparent")));
    }

    [Fact]
    public async Task Content_is_pinned_after_it_was_uploaded_when_that_is_asked_for_and_unpinned_when_deleted()
    {
        var node = await nodes.StartAsync();
        var store = nodes.Open([node.Address], [node.Buy().Id], pin: true);

        await store.PutAsync(Address, content, Ct);
        Assert.Equal([Address.Hash], node.Pins);
        Assert.Null(node.Requests.Single(request => request.Path == "/bytes").Header("swarm-pin"));

        await store.DeleteAsync(Address, Ct);
        Assert.Empty(node.Pins);
        Assert.True(nodes.Network.Has(Address.Hash));
    }

    [Fact]
    public async Task Without_a_node_storage_is_unavailable_after_a_few_tries()
    {
        var store = nodes.Open([new Uri("http://127.0.0.1:9/")], [default]);

        await AssertUnavailableAsync(store, "cannot be reached");

        Assert.Equal([0.5, 1, 2], nodes.Time.Pauses.Select(pause => pause.TotalSeconds));
    }

    [Fact]
    public async Task A_node_that_answers_another_address_is_refused_at_once_and_another_is_used()
    {
        var (wrong, right) = (await nodes.StartAsync(), await nodes.StartAsync());
        wrong.Faults.AnswersWrongReference = true;
        var (first, second) = (wrong.Buy(), right.Buy());

        await AssertUnavailableAsync(nodes.Open(wrong, first), "which it is not");
        Assert.Empty(nodes.Time.Pauses);

        var both = nodes.Open([wrong.Address, right.Address], [first.Id, second.Id]);
        await both.PutAsync(Address, content, Ct);
        Assert.Equal(content, await ReadAsync(both));
    }

    [Fact]
    public async Task A_starting_node_is_waited_for()
    {
        var node = await nodes.StartAsync();
        var store = nodes.Open(node, node.Buy());
        node.Faults.IsStarting = true;
        var refused = 0;
        node.Faults.Before = (_, _) =>
        {
            if (++refused == 3) node.Faults.IsStarting = false;
            return Task.CompletedTask;
        };

        await store.PutAsync(Address, content, Ct);

        Assert.Equal(2, nodes.Time.Pauses.Count);
        Assert.Equal(content, await ReadAsync(store));
    }

    [Fact]
    public async Task A_missing_batch_stops_the_work_at_once_and_says_so()
    {
        var node = await nodes.StartAsync();
        var store = nodes.Open([node.Address], [new Digest(A.Bytes(32))]);

        await AssertUnavailableAsync(store, "bought elsewhere, or has expired");

        Assert.Empty(nodes.Time.Pauses);
        Assert.DoesNotContain(node.Requests, request => request.Path == "/bytes");
    }

    [Fact]
    public async Task A_mutable_batch_is_never_used()
    {
        var node = await nodes.StartAsync();
        var store = nodes.Open(node, node.Buy(isImmutable: false));

        await AssertUnavailableAsync(store, "mutable");

        Assert.DoesNotContain(node.Requests, request => request.Path == "/bytes");
    }

    [Fact]
    public async Task A_batch_that_is_not_usable_yet_is_asked_about_until_it_is()
    {
        var node = await nodes.StartAsync();
        var batch = node.Buy();
        batch.RefusalsUntilUsable = 100;
        var asked = 0;
        node.Faults.Before = (request, _) =>
        {
            if (request.Path.StartsWith("/stamps/", StringComparison.Ordinal) && ++asked == 3) batch.RefusalsUntilUsable = 0;
            return Task.CompletedTask;
        };

        await nodes.Open(node, batch).PutAsync(Address, content, Ct);

        Assert.Equal(2, nodes.Time.Pauses.Count);
        Assert.Single(node.Requests, request => request.Path == "/bytes");
    }

    [Fact]
    public async Task An_upload_that_a_young_batch_refused_is_repeated_when_the_batch_can_be_used()
    {
        var node = await nodes.StartAsync();
        var batch = node.Buy();
        var store = nodes.Open(node, batch);
        await store.Nodes.CheckAsync(Ct);
        batch.RefusalsUntilUsable = 1;

        await store.PutAsync(Address, content, Ct);

        Assert.Single(nodes.Time.Pauses);
        Assert.Equal(2, node.Requests.Count(request => request.Path == "/bytes"));
        Assert.Equal(content, await ReadAsync(store));
    }

    [Fact]
    public async Task When_a_batch_is_full_the_next_takes_over()
    {
        var node = await nodes.StartAsync();
        var (full, next) = (node.Buy(depth: 17), node.Buy());
        var store = nodes.Open(node, full, next);
        await store.Nodes.CheckAsync(Ct);
        full.Fill(1);

        await store.PutAsync(Address, content, Ct);

        Assert.Equal(
            [full.Id.ToString(), next.Id.ToString()],
            node.Requests.Where(request => request.Path == "/bytes").Select(request => request.Header("swarm-postage-batch-id")));
        Assert.Contains("402", store.Nodes.LastState[0].Batches[0].Fault);
        Assert.Empty(nodes.Time.Pauses);
    }

    [Fact]
    public async Task When_the_only_batch_is_full_the_work_stops()
    {
        var node = await nodes.StartAsync();
        var batch = node.Buy(depth: 17);
        var store = nodes.Open(node, batch);
        batch.Fill(1);

        await AssertUnavailableAsync(store, "402");

        Assert.Empty(nodes.Time.Pauses);
    }

    [Fact]
    public async Task A_batch_that_is_nearly_full_is_shown_and_left_for_last_before_it_hurts()
    {
        var node = await nodes.StartAsync();
        var (first, next) = (node.Buy(), node.Buy());
        first.Fill(0.85);
        var store = nodes.Open(node, first, next);

        var state = Assert.Single(await store.Nodes.CheckAsync(Ct));
        await store.PutAsync(Address, content, Ct);

        Assert.Equal(0.875, state.Batches[0].Fullness, tolerance: 0.07);
        Assert.Contains("full", state.Batches[0].Warning);
        Assert.Null(state.Batches[1].Warning);
        Assert.Equal(next.Id.ToString(), node.Requests.Single(request => request.Path == "/bytes").Header("swarm-postage-batch-id"));
    }

    [Fact]
    public async Task A_batch_with_little_life_left_is_shown()
    {
        var node = await nodes.StartAsync();

        var state = Assert.Single(await nodes.Open(node, node.Buy(timeToLive: TimeSpan.FromDays(3))).Nodes.CheckAsync(Ct));

        Assert.True(state.CanStore);
        Assert.Contains("more days", state.Batches[0].Warning);
        Assert.InRange(state.Batches[0].Life!.Value.TotalDays, 2.9, 3);
    }

    [Fact]
    public async Task A_batch_that_expires_is_found_out_and_another_takes_over()
    {
        var node = await nodes.StartAsync();
        var (first, next) = (node.Buy(), node.Buy());
        var store = nodes.Open(node, first, next);
        await store.Nodes.CheckAsync(Ct);
        node.Expire(first);

        await store.PutAsync(Address, content, Ct);
        nodes.Time.Advance(TimeSpan.FromMinutes(2));
        var state = Assert.Single(await store.Nodes.CheckAsync(Ct));

        Assert.Equal(content, await ReadAsync(store));
        Assert.Contains("expired", state.Batches[0].Fault);
        Assert.True(state.CanStore);
    }

    [Fact]
    public async Task An_upload_that_hangs_is_given_up_at_its_limit_and_goes_to_another_node()
    {
        var (hanging, other) = (await nodes.StartAsync(), await nodes.StartAsync());
        var store = nodes.Open([hanging.Address, other.Address], [hanging.Buy().Id, other.Buy().Id]);
        await store.Nodes.CheckAsync(Ct);
        List<TimeSpan> limits = [];
        hanging.Faults.Before = async (request, gone) =>
        {
            if (request.Path != "/bytes") return;
            limits.AddRange(nodes.Time.Limits);
            nodes.Time.EndLimits();
            await Task.Delay(Timeout.Infinite, gone);
        };

        for (var i = 0; i < 2; i++) await store.PutAsync(TreeHasher.AddressOf(A.Bytes(200_000, seed: i + 2)), A.Bytes(200_000, seed: i + 2), Ct);

        Assert.Equal([63], limits.Select(limit => limit.TotalSeconds));
        Assert.Contains("did not answer within", store.Nodes.LastState[0].Failure);
        Assert.Equal(2, other.Requests.Count(request => request.Path == "/bytes"));
    }

    [Fact]
    public async Task A_slow_upload_within_its_limit_succeeds()
    {
        var node = await nodes.StartAsync();
        var store = nodes.Open(node, node.Buy());
        var slow = new TaskCompletionSource();
        node.Faults.Before = (request, _) => request.Path == "/bytes" ? slow.Task : Task.CompletedTask;

        var put = store.PutAsync(Address, content, Ct).AsTask();
        Assert.False(put.IsCompleted);
        slow.SetResult();
        await put;

        Assert.Equal(content, await ReadAsync(store));
    }

    [Fact]
    public async Task When_the_answer_is_lost_the_upload_is_repeated_and_takes_no_more_of_the_batch()
    {
        var node = await nodes.StartAsync();
        var batch = node.Buy(depth: 17);
        var store = nodes.Open(node, batch);
        node.Faults.CutsAfterWrite = 1;

        await store.PutAsync(Address, content, Ct);

        Assert.Equal(2, node.Requests.Count(request => request.Path == "/bytes"));
        Assert.Equal(1u, batch.Utilization);
        Assert.Equal(content, await ReadAsync(store));
    }

    [Fact]
    public async Task A_push_that_failed_is_repeated()
    {
        var node = await nodes.StartAsync();
        var store = nodes.Open(node, node.Buy());
        node.Faults.FailingPushes = 2;

        await store.PutAsync(Address, content, Ct);

        Assert.Equal(content, await ReadAsync(store));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_damaged_cache_holds_is_fetched_anew(bool isSmall)
    {
        var node = await nodes.StartAsync();
        var store = nodes.Open(node, node.Buy());
        var some = isSmall ? content[..100] : content;
        await store.PutAsync(TreeHasher.AddressOf(some), some, Ct);
        node.Faults.CacheIsCorrupt = true;

        Assert.Equal(some, await ReadAsync(store, TreeHasher.AddressOf(some)));
    }

    [Fact]
    public async Task A_missing_chunk_cuts_the_content_with_an_error_and_never_silently()
    {
        var node = await nodes.StartAsync();
        var store = nodes.Open(node, node.Buy());
        await store.PutAsync(Address, content, Ct);
        nodes.Network.Lose(Chunk.AddressOf(4096, content.AsSpan(8192, 4096)));

        await using var stream = await store.FindAsync(Address, 0, null, Ct);
        using var read = new MemoryStream();
        await Assert.ThrowsAnyAsync<StorageUnavailableException>(() => stream!.CopyToAsync(read, Ct));

        Assert.Equal(content[..8192], read.ToArray());
        Assert.Equal(content[12_288..], await ReadAsync(store, Address, 12_288));
    }

    [Fact]
    public async Task A_range_costs_its_own_chunks_alone()
    {
        var node = await nodes.StartAsync();
        var store = nodes.Open(node, node.Buy(depth: 24));
        var large = A.Bytes(2_000_000);
        await store.PutAsync(TreeHasher.AddressOf(large), large, Ct);
        var before = node.Requests.Count;

        var part = await ReadAsync(store, TreeHasher.AddressOf(large), 1_000_000, 5_000);

        Assert.Equal(large[1_000_000..1_005_000], part);
        Assert.InRange(node.Requests.Count - before, 3, 5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_chunk_that_cannot_be_found_yet_is_looked_for_again(bool asServerError)
    {
        var node = await nodes.StartAsync();
        var store = nodes.Open(node, node.Buy());
        await store.PutAsync(Address, content.AsMemory(), Ct);
        node.Faults.ChunkReadsFail = asServerError;
        var small = content[..1000];
        var looked = 0;
        node.Faults.Before = (request, _) =>
        {
            if (request.Path.StartsWith("/chunks/", StringComparison.Ordinal) && ++looked == 2) Plant(small);
            return Task.CompletedTask;
        };

        Assert.Equal(small, await ReadAsync(store, TreeHasher.AddressOf(small)));
        Assert.Single(nodes.Time.Pauses);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_no_node_finds_counts_as_absent_after_a_second_look(bool asServerError)
    {
        var node = await nodes.StartAsync();
        node.Faults.ChunkReadsFail = asServerError;
        var store = nodes.Open(node, node.Buy());

        Assert.Null(await store.FindLengthAsync(Address, Ct));

        Assert.Equal(2, node.Requests.Count(request => request.Path.StartsWith("/chunks/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_node_without_peers_proves_no_absence()
    {
        var node = await nodes.StartAsync();
        node.Faults.HasNoPeers = true;
        var store = nodes.Open(node, node.Buy());

        await Assert.ThrowsAsync<StorageUnavailableException>(async () => await store.FindLengthAsync(Address, Ct));
    }

    [Fact]
    public async Task With_one_node_away_another_reads_and_writes()
    {
        var (away, other) = (await nodes.StartAsync(), await nodes.StartAsync());
        var store = nodes.Open([away.Address, other.Address], [away.Buy().Id, other.Buy().Id]);
        away.Faults.IsStarting = true;

        for (var i = 1; i <= 4; i++)
        {
            var some = A.Bytes(5_000, seed: i);
            await store.PutAsync(TreeHasher.AddressOf(some), some, Ct);
            Assert.Equal(some, await ReadAsync(store, TreeHasher.AddressOf(some)));
        }

        Assert.NotNull(store.Nodes.LastState[0].Failure);
        Assert.Null(store.Nodes.LastState[1].Failure);
        Assert.Empty(nodes.Time.Pauses);
    }

    [Fact]
    public async Task Work_is_spread_over_the_nodes()
    {
        var (one, two) = (await nodes.StartAsync(), await nodes.StartAsync());
        var store = nodes.Open([one.Address, two.Address], [one.Buy().Id, two.Buy().Id]);

        for (var i = 1; i <= 6; i++) await store.PutAsync(TreeHasher.AddressOf(A.Bytes(100, seed: i)), A.Bytes(100, seed: i), Ct);

        Assert.All([one, two], node => Assert.Equal(3, node.Requests.Count(request => request.Path == "/bytes")));
    }

    [Fact]
    public async Task A_reader_that_stops_early_leaves_nothing_running()
    {
        var node = await nodes.StartAsync();
        var store = nodes.Open(node, node.Buy(depth: 24));
        var large = A.Bytes(1_000_000);
        await store.PutAsync(TreeHasher.AddressOf(large), large, Ct);

        var stream = (await store.FindAsync(TreeHasher.AddressOf(large), 0, null, Ct))!;
        await stream.ReadExactlyAsync(new byte[10], Ct);
        await stream.DisposeAsync();

        Assert.Empty(nodes.Time.Limits);
    }

    [Fact]
    public void At_least_one_node_and_one_batch_are_needed()
    {
        Assert.Throws<ArgumentException>(() => nodes.Open([], [default]));
        Assert.Throws<ArgumentException>(() => nodes.Open([new Uri("http://127.0.0.1/")], []));
    }

    private static async Task<byte[]> ReadAsync(IContentStore store, Cid address, long offset = 0, long? length = null)
    {
        await using var stream = await store.FindAsync(address, offset, length, Ct);
        Assert.NotNull(stream);
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes, Ct);
        return bytes.ToArray();
    }

    private Task<byte[]> ReadAsync(IContentStore store) => ReadAsync(store, Address);

    private void Plant(byte[] data) => nodes.Network.Plant(Chunk.Of(data).Address, Chunk.Of(data).ToArray(), isSingleOwner: false);

    private async Task AssertUnavailableAsync(SwarmContent store, string because)
    {
        var exception = await Assert.ThrowsAsync<StorageUnavailableException>(async () => await store.PutAsync(Address, content, Ct));
        Assert.Contains(because, exception.Message);
        Assert.Contains(because, store.Nodes.LastState[0].Failure);
    }
}
