using Azure.Storage.Blobs;
using RemoteLog.Protocol;
using RemoteLog.Server;
using RemoteLog.Server.Append;
using RemoteLog.Server.Storage;
using RemoteLog.Storage.Azure;
using RemoteLog.Testing;
using static RemoteLog.Storage.Tests.Azure.FaultyTransport;

namespace RemoteLog.Storage.Tests.Azure;

/// <summary>Answers that never come, a service that is busy, writers that meet, blobs that are gone.</summary>
public sealed class FaultTests(Azurite azurite)
{
    private readonly FaultyTransport network = new();
    private readonly RecordingClock clock = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_append_whose_answer_is_lost_is_made_exactly_once(bool first)
    {
        var (names, device) = ((await OpenAsync()).Storage.Names, new Device());
        var current = first ? null : await names.AppendAsync(device.Sign(entries: 1), Ct);
        var segment = device.Sign(entries: 1);
        network.Next(Fault.AnswerLost);

        var stored = await names.TryAppendAsync(current, segment.After(current?.Head), segment.ToRecord(), Ct);

        Assert.Equal(segment.Link, stored!.Head.Link);
        var tail = await names.ReadWholeTailAsync(device.Log, Ct);
        Assert.Equal(stored.Version, tail.Head.Version);
        Assert.Equal(first ? 1 : 2, tail.Segments.Count);
        Assert.NotNull(await names.TryAppendAsync(stored, (segment = device.Sign(entries: 1)).After(stored.Head), segment.ToRecord(), Ct));
    }

    [Fact]
    public async Task An_append_whose_request_is_lost_is_made_exactly_once()
    {
        var (names, device) = ((await OpenAsync()).Storage.Names, new Device());
        var current = await names.AppendAsync(device.Sign(entries: 1), Ct);
        var segment = device.Sign(entries: 1);
        network.Next(Fault.RequestLost, Fault.ConnectionLost, Fault.AnswerLost, Fault.RequestLost);

        Assert.NotNull(await names.TryAppendAsync(current, segment.After(current.Head), segment.ToRecord(), Ct));

        Assert.Equal(2, (await names.ReadWholeTailAsync(device.Log, Ct)).Segments.Count);
    }

    [Fact]
    public async Task An_append_whose_answer_is_lost_counts_though_another_follows_before_it_is_sent_again()
    {
        var storage = await OpenAsync();
        var (names, device) = (storage.Storage.Names, new Device());
        var current = await names.AppendAsync(device.Sign(entries: 1), Ct);
        var (segment, next) = (device.Sign(entries: 1), device.Sign(entries: 1));

        // The answer is lost, and before the request goes out again another process, which saw the append, has appended what follows.
        network.Next(Fault.AnswerLost);
        network.BeforeRequest = async () =>
        {
            if (network.Sent.Count(request => request.IsTransaction) != 3) return;
            network.BeforeRequest = null;
            await names.AppendAsync(next, Ct);
        };
        var stored = await names.TryAppendAsync(current, segment.After(current.Head), segment.ToRecord(), Ct);

        Assert.Equal(next.Link, stored!.Head.Link);
        Assert.Equal([1, 2, 3], (await names.ReadWholeTailAsync(device.Log, Ct)).Segments.Select(each => each.Last));
    }

    [Fact]
    public async Task Losing_against_another_writer_is_told_apart_from_a_lost_answer()
    {
        var (names, device) = ((await OpenAsync()).Storage.Names, new Device());
        var current = await names.AppendAsync(device.Sign(entries: 1), Ct);
        var (mine, other) = (device.RestoreFromBackup().Sign(entries: 1), device.RestoreFromBackup().Sign(entries: 1));
        await names.AppendAsync(other, Ct);
        network.Next(Fault.AnswerLost);

        Assert.Null(await names.TryAppendAsync(current, mine.After(current.Head), mine.ToRecord(), Ct));

        Assert.Equal([current.Head.Link, other.Link], (await names.ReadWholeTailAsync(device.Log, Ct)).Segments.Select(each => each.Link));
    }

    [Fact]
    public async Task A_seal_whose_answer_is_lost_is_made_exactly_once()
    {
        var (names, device) = ((await OpenAsync()).Storage.Names, new Device());
        for (var i = 0; i < 3; i++) await names.AppendAsync(device.Sign(entries: 1), Ct);
        var tail = await names.ReadWholeTailAsync(device.Log, Ct);
        var page = SealedPage.Of(tail, segments: 2);
        network.Next(Fault.AnswerLost);

        var stored = await names.TrySealAsync(tail.Head, page.Next, page.Record, page.Replaced, Ct);

        Assert.Equal(page.Next, stored!.Head);
        Assert.Equal([3], (await names.ReadWholeTailAsync(device.Log, Ct)).Segments.Select(each => each.Last));
        Assert.Single(await names.ReadPagesAsync(device.Log, 0, 10, Ct));
    }

    [Fact]
    public async Task Two_writers_with_one_key_that_start_together_leave_one_history_and_evidence_of_the_other()
    {
        var storage = await OpenAsync();
        var device = new Device();
        using var first = new ServerOnAzure(storage.Storage);
        using var second = new ServerOnAzure(storage.Storage);
        await first.WriteAsync(device, "both know this");
        var (one, other) = (device.RestoreFromBackup(), device.RestoreFromBackup());

        var results = await Task.WhenAll(
            Task.Run(() => first.SendAsync(one, one.WriteSegment("one")), Ct), Task.Run(() => second.SendAsync(other, other.WriteSegment("other")), Ct));

        Assert.Single(results.OfType<AppendResult.Appended>());
        Assert.Single(results.OfType<AppendResult.Forked>());
        Assert.Equal(2, (await storage.Storage.Names.ReadWholeTailAsync(device.Log, Ct)).Segments.Count);
        Assert.True(Assert.Single(await storage.Storage.Names.ReadForksAsync(device.Log, Ct)).Verify());
    }

    [Fact]
    public async Task A_busy_service_is_asked_again_when_it_said()
    {
        var names = (await OpenAsync()).Storage.Names;
        network.Next(Fault.Busy);

        await names.AppendAsync(A.Segment(), Ct);

        Assert.Equal(TimeSpan.FromSeconds(7), Assert.Single(clock.Waits));
    }

    [Fact]
    public async Task A_service_that_stays_busy_is_unavailable_and_says_for_how_long()
    {
        var storage = await OpenAsync();
        var (names, segment) = (storage.Storage.Names, A.Segment());
        network.Next([.. Enumerable.Repeat(Fault.Busy, 8)]);

        var appending = await Assert.ThrowsAsync<StorageUnavailableException>(
            async () => await names.TryAppendAsync(null, segment.After(null), segment.ToRecord(), Ct));
        var storing = await Assert.ThrowsAsync<StorageUnavailableException>(
            async () => await storage.Storage.Content.PutAsync(Cid.Of("x"u8), "x"u8.ToArray(), Ct));

        Assert.Equal(TimeSpan.FromSeconds(7), appending.RetryAfter);
        Assert.Equal(TimeSpan.FromSeconds(7), storing.RetryAfter);
        Assert.Null(await names.FindHeadAsync(segment.Log, Ct));
    }

    [Fact]
    public async Task A_service_out_of_reach_is_unavailable_after_some_attempts()
    {
        var names = (await OpenAsync()).Storage.Names;
        network.Forget();
        network.Next([.. Enumerable.Repeat(Fault.RequestLost, 50)]);

        await Assert.ThrowsAsync<StorageUnavailableException>(async () => await names.FindHeadAsync(A.Segment().Log, Ct));

        Assert.InRange(network.Sent.Count, 3, 10);
        Assert.InRange(clock.Waits.Sum(wait => wait.TotalSeconds), 8, 25);
    }

    [Fact]
    public async Task A_large_segment_whose_blob_vanished_is_reported_as_damage()
    {
        var options = await azurite.NewOptionsAsync();
        var names = (await azurite.OpenAsync(options, network, clock)).Storage.Names;
        var segment = new Device().Sign(A.Entry(length: 1_000_000));
        await names.AppendAsync(segment, Ct);

        await new BlobContainerClient(await azurite.GetKeyedAsync(), $"{options.Prefix}-pages").DeleteBlobAsync(Cid.Of(segment.ToRecord().Block.Span).ToString());

        await Assert.ThrowsAsync<DamagedLogException>(async () => await names.ReadTailAsync(segment.Log, 0, int.MaxValue, Ct));
    }

    [Fact]
    public async Task A_lost_answer_to_a_use_or_its_end_changes_nothing()
    {
        var uses = (await OpenAsync()).Storage.Uses;
        var content = Cid.Of("content"u8);
        for (var lost = 0; lost < 3; lost++)
        {
            network.Next([.. Enumerable.Repeat(Fault.None, lost), Fault.AnswerLost]);
            Assert.True(await uses.TryUseAsync(content, new ContentUse("one", A.Moment), Ct));
        }
        Assert.True(await uses.TryUseAsync(content, new ContentUse("other", A.Moment), Ct));

        for (var lost = 0; lost < 3; lost++)
        {
            network.Next([.. Enumerable.Repeat(Fault.None, lost), Fault.AnswerLost]);
            Assert.False(await uses.EndAsync(content, "one", Ct));
        }
        network.Next(Fault.None, Fault.None, Fault.AnswerLost);
        Assert.True(await uses.EndAsync(content, "other", Ct));
        Assert.Equal([new DueContent(content, User: null)], await uses.FindDueAsync(A.Moment, 10, Ct));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(5_000_000)]
    public async Task Content_is_whole_whichever_answer_is_lost(int length)
    {
        var store = (await OpenAsync()).Storage.Content;
        for (var lost = 0; lost < 4; lost++)
        {
            var content = A.Bytes(length, seed: lost);
            network.Next([.. Enumerable.Repeat(Fault.None, lost), Fault.AnswerLost]);

            var outcome = await store.UploadAsync(store.AddressOf(content), new Sender(content), length, Ct);

            Assert.True(outcome is UploadOutcome.Stored or UploadOutcome.AlreadyThere);
            await using var stream = await store.FindAsync(store.AddressOf(content), 0, null, Ct);
            using var bytes = new MemoryStream();
            await stream!.CopyToAsync(bytes, Ct);
            Assert.Equal(content, bytes.ToArray());
        }
    }

    private Task<AzureStorage> OpenAsync() => azurite.OpenAsync(network, clock);
}
