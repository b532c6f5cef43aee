using RemoteLog.Client;
using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;
using RemoteLog.Testing;

namespace RemoteLog.Bee.Tests;

/// <summary>Reading a log from a node alone, whatever the node and the publisher do.</summary>
public sealed class MirrorReadingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(11)]
    [InlineData(12)]
    public async Task All_of_a_log_is_read_from_its_newest_update_back_to_its_first_page(int entries)
    {
        await using var log = await MirroredLog.StartAsync();
        await log.WriteAsync(entries);
        await log.MirrorAsync();

        Assert.Equal(Enumerable.Range(1, entries).Select(i => (long)i), await MirroredLog.ReadAsync(log.Reader()));
    }

    [Fact]
    public async Task A_message_over_one_chunk_is_read_too()
    {
        await using var log = await MirroredLog.StartAsync(entries: 10);
        await log.WriteAsync(6, length: 2000);
        await log.MirrorAsync();

        Assert.Equal([1, 2, 3, 4, 5, 6], await MirroredLog.ReadAsync(log.Reader(), length: 2000));
    }

    [Fact]
    public async Task A_reader_who_knows_most_of_a_log_fetches_no_page_that_it_has()
    {
        await using var log = await MirroredLog.StartAsync();
        await log.WriteAsync(11);
        await log.MirrorAsync();
        var memory = new InMemoryLogMemory();
        await MirroredLog.ReadAsync(log.Reader(memory));
        await log.WriteAsync(1);
        await log.MirrorAsync();
        var before = log.Node.Requests.Count(request => request.Path.StartsWith("/bytes", StringComparison.Ordinal) && request.Method == "GET");

        Assert.Equal([12], await MirroredLog.ReadAsync(log.Reader(memory), after: 11));

        // The newest page is one that it has not seen: entries 9 to 12.
        Assert.Equal(before + 1, log.Node.Requests.Count(request => request.Path.StartsWith("/bytes", StringComparison.Ordinal) && request.Method == "GET"));
    }

    [Fact]
    public async Task A_stale_answer_about_the_feed_does_not_hide_newer_updates()
    {
        await using var log = await MirroredLog.StartAsync();
        for (var i = 0; i < 6; i++)
        {
            await log.WriteAsync(1);
            await log.MirrorAsync();
        }
        log.Node.Faults.FeedsLagBy = 4;

        Assert.Equal([1, 2, 3, 4, 5, 6], await MirroredLog.ReadAsync(log.Reader()));

        log.Node.Faults.FeedsLagBy = 100;
        Assert.Equal([1, 2, 3, 4, 5, 6], await MirroredLog.ReadAsync(log.Reader()));
    }

    [Fact]
    public async Task An_older_update_than_was_seen_before_is_never_taken_for_the_newest()
    {
        await using var log = await MirroredLog.StartAsync();
        await log.WriteAsync(2);
        await log.MirrorAsync();
        await log.WriteAsync(2);
        await log.MirrorAsync();
        var memory = new InMemoryLogMemory();
        await MirroredLog.ReadAsync(log.Reader(memory));

        log.Node.Network.Lose(log.Feed.AddressAt(1));
        await log.Node.RestartAsync();

        await Assert.ThrowsAsync<UnavailableException>(() => MirroredLog.ReadAsync(log.Reader(memory)));
        Assert.Equal([1, 2], await MirroredLog.ReadAsync(log.Reader()));
    }

    [Fact]
    public async Task An_older_head_than_was_seen_before_is_noticed_although_its_update_is_newer()
    {
        await using var log = await MirroredLog.StartAsync();
        await log.WriteAsync(2);
        await log.MirrorAsync();
        var memory = new InMemoryLogMemory();
        using var bee = new BeeClient(log.Node);
        var old = (await bee.GetAsync($"/soc/{log.Mirror.Publisher}/{log.Feed.IdAt(0)}")).Body;
        await log.WriteAsync(1);
        await log.MirrorAsync();
        await MirroredLog.ReadAsync(log.Reader(memory));

        await log.Mirror.TryWriteAsync(log.Device.Log, await log.Mirror.PrepareAsync(log.Device.Log, 2, old, default), default);

        await Assert.ThrowsAsync<RolledBackException>(() => MirroredLog.ReadAsync(log.Reader(memory)));
    }

    [Fact]
    public async Task Updates_that_are_not_found_yet_are_found_later()
    {
        await using var log = await MirroredLog.StartAsync();
        await log.WriteAsync(2);
        await log.MirrorAsync();
        log.Node.Faults.ChunkReadsFail = true;
        log.Node.Faults.HasNoPeers = true;
        await log.Node.RestartAsync();

        await Assert.ThrowsAsync<NotMirroredException>(() => MirroredLog.ReadAsync(log.Reader()));
        log.Node.Faults.HasNoPeers = false;

        Assert.Equal([1, 2], await MirroredLog.ReadAsync(log.Reader()));
    }

    [Fact]
    public async Task An_update_that_another_signed_is_none()
    {
        await using var log = await MirroredLog.StartAsync();
        await log.WriteAsync(2);
        await log.MirrorAsync();
        using var stranger = SigningKey.Create(KeyCurve.Secp256k1);
        var forged = SingleOwnerChunk.Sign(stranger, log.Feed.IdAt(1), Chunk.Of(A.Bytes(100)));
        log.Node.Network.Plant(log.Feed.AddressAt(1), forged.ToArray(), isSingleOwner: true);

        Assert.Equal([1, 2], await MirroredLog.ReadAsync(log.Reader()));
    }

    [Fact]
    public async Task A_publisher_who_makes_entries_up_is_found_out()
    {
        await using var log = await MirroredLog.StartAsync();
        var liar = new Device();
        var segment = liar.Sign(1);
        var head = new Head { Log = log.Device.Log, Sequence = 1, Link = Chain.Extend(log.Device.Log.Id, segment.Entries), Signature = segment.Signature };
        var page = Page.Block(segment.Entries).Concat(Page.Trailer(log.Device.Log, 1, log.Device.Log.Id, 1, segment.Signature, null)).ToArray();
        var update = await log.Mirror.PrepareAsync(log.Device.Log, 0, new MirrorMessage(head, page).ToArray(), default);
        await log.Mirror.TryWriteAsync(log.Device.Log, update, default);

        await Assert.ThrowsAsync<InvalidLogException>(() => MirroredLog.ReadAsync(log.Reader()));
    }

    [Fact]
    public async Task A_page_that_is_cut_short_or_damaged_is_not_believed()
    {
        await using var log = await MirroredLog.StartAsync();
        await log.WriteAsync(4);
        await log.MirrorAsync();

        log.Node.Faults.BodiesEndAfter = 100;
        await Assert.ThrowsAsync<UnavailableException>(() => MirroredLog.ReadAsync(log.Reader()));
        log.Node.Faults.BodiesEndAfter = null;

        log.Node.Faults.CacheIsCorrupt = true;
        var page = (await log.Storage.Names.FindHeadAsync(log.Device.Log, default))!.Head.Page!.Value;
        log.Node.Network.Lose(page.Hash);
        await Assert.ThrowsAnyAsync<RemoteLogException>(() => MirroredLog.ReadAsync(log.Reader()));
    }

    [Fact]
    public async Task A_damaged_copy_at_the_node_is_asked_round()
    {
        await using var log = await MirroredLog.StartAsync();
        await log.WriteAsync(4);
        await log.MirrorAsync();
        var reader = log.Reader();
        log.Node.Faults.Before = (request, _) =>
        {
            // Only pages: what the node has of updates is whole.
            log.Node.Faults.CacheIsCorrupt = request.Path.StartsWith("/bytes", StringComparison.Ordinal);
            return Task.CompletedTask;
        };

        Assert.Equal([1, 2, 3, 4], await MirroredLog.ReadAsync(reader));
    }
}
