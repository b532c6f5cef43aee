using System.Text;
using RemoteLog.Protocol;
using RemoteLog.Server.Append;
using RemoteLog.Server.Ingest;
using RemoteLog.Server.Storage;
using RemoteLog.Testing;

namespace RemoteLog.Server.Tests;

/// <summary>Messages of the ingest queue, as the trigger hands them over.</summary>
public sealed class IngestTests : IAsyncDisposable
{
    private readonly Device device = new();
    private readonly TestLog log = new(limits: new LimitOptions { EntryBytes = 1000, SegmentBytes = 3000, SegmentEntries = 4 });

    public ValueTask DisposeAsync() => log.DisposeAsync();

    [Fact]
    public async Task A_segment_is_appended_as_it_was_signed()
    {
        await IngestAsync(device.Write("one", "two"));
        await IngestAsync(device.Write("three"));

        await log.CheckAsync(device);
        Assert.Empty(await QuarantineAsync());
    }

    [Fact]
    public async Task A_message_that_is_delivered_again_stores_nothing_more()
    {
        var message = device.Write("one");
        await IngestAsync(message);
        var version = (await log.Storage.Names.FindHeadAsync(device.Log, default))!.Version;

        await IngestAsync(message, delivery: 2);

        Assert.Equal(version, (await log.Storage.Names.FindHeadAsync(device.Log, default))!.Version);
        Assert.Empty(await QuarantineAsync());
    }

    [Fact]
    public async Task Bytes_that_are_no_segment_are_kept() => await AssertRefusedAsync("rubbish"u8.ToArray(), "malformed-body", ofLog: false);

    [Fact]
    public async Task An_empty_message_is_kept() => await AssertRefusedAsync([], "empty-segment", ofLog: false);

    [Fact]
    public async Task An_entry_over_its_limit_is_kept() =>
        await AssertRefusedAsync(device.Write(new string('x', 1001)), "entry-too-large", ofLog: false);

    [Fact]
    public async Task Too_many_entries_are_kept() =>
        await AssertRefusedAsync(device.Write("1", "2", "3", "4", "5"), "segment-too-large", ofLog: false);

    [Fact]
    public async Task A_message_longer_than_any_segment_is_kept() =>
        await AssertRefusedAsync(A.Bytes(Segment.MaxLength(log.Limits.ForSegments()) + 1), "body-too-large", ofLog: false);

    [Fact]
    public async Task A_segment_numbered_from_zero_is_kept() =>
        await AssertRefusedAsync(Segment.Write(device.Log, 0, [A.Entry()], device.Sign(1).Signature), "first-is-zero", ofLog: false);

    [Fact]
    public async Task A_signature_by_somebody_else_is_kept()
    {
        var forged = Segment.Write(device.Log, 1, [A.Entry()], new Device().Sign(1).Signature);

        await AssertRefusedAsync(forged, "bad-signature");
    }

    [Fact]
    public async Task A_second_history_is_kept_beside_its_evidence()
    {
        var other = device.RestoreFromBackup();
        await log.WriteAsync(device, "one");

        await AssertRefusedAsync(other.Write("uno"), "fork");

        Assert.True(Assert.Single(await log.Storage.Names.ReadForksAsync(device.Log, default)).Verify());
    }

    [Fact]
    public async Task An_entry_that_names_missing_content_is_kept()
    {
        var missing = A.Bytes(5000);

        await AssertRefusedAsync(device.Write(Entry.At(Cid.Of(missing), Digest.Of(missing), missing.Length)), "unknown-content");
    }

    [Theory]
    [InlineData("zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169", "zDnXerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169", "unknown-owner")]
    [InlineData("notes", "n/tes", "unknown-topic")]
    public async Task A_name_that_is_none_is_kept(string name, string instead, string reason)
    {
        var log = LogName.Parse("zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169/notes");
        var message = Encoding.Latin1.GetBytes(
            Encoding.Latin1.GetString(Segment.Write(log, 1, [Entry.Embedded("one"u8.ToArray())], device.Sign(1).Signature)).Replace(name, instead));

        await AssertRefusedAsync(message, reason, ofLog: false);
    }

    [Fact]
    public async Task A_gap_waits_for_what_comes_before_it()
    {
        var (first, second) = (device.Write("one"), device.Write("two"));

        await Assert.ThrowsAsync<NotYetException>(() => IngestAsync(second));
        await IngestAsync(first);
        await IngestAsync(second, delivery: 2);

        await log.CheckAsync(device);
        Assert.Empty(await QuarantineAsync());
    }

    [Fact]
    public async Task A_gap_that_stays_is_kept_at_the_last_delivery()
    {
        device.Write("never sent");
        var message = device.Write("two");

        for (var delivery = 1; delivery < Job.MaxDeliveries; delivery++) await Assert.ThrowsAsync<NotYetException>(() => IngestAsync(message, delivery));
        Assert.Empty(await QuarantineAsync());
        await AssertRefusedAsync(message, "gap", delivery: Job.MaxDeliveries);
    }

    [Fact]
    public async Task Storage_that_fails_leaves_the_message_to_the_next_delivery()
    {
        var message = device.Write("one");
        log.Probe.CrashAt = 1;
        await Assert.ThrowsAsync<CrashException>(() => IngestAsync(message));
        log.Probe.Reset();

        await IngestAsync(message, delivery: 2);

        await log.CheckAsync(device);
        Assert.Empty(await QuarantineAsync());
    }

    [Fact]
    public async Task A_reference_brings_the_segment_behind_it()
    {
        var message = await StoreAsync(device.Write("one", "two"));

        await IngestAsync(message);
        await IngestAsync(message, delivery: 2);

        await log.CheckAsync(device);
        Assert.Empty(await QuarantineAsync());
    }

    [Fact]
    public async Task What_was_referred_to_is_swept_in_time_and_the_log_is_whole_without_it()
    {
        var segment = device.Write("one");
        await IngestAsync(await StoreAsync(segment));

        await log.Sweeper.SweepAsync(default);
        Assert.NotNull(await log.Storage.Content.FindLengthAsync(Cid.Of(segment), default));
        log.Time.Advance(TimeSpan.FromHours(25));
        await log.Sweeper.SweepAsync(default);

        Assert.Null(await log.Storage.Content.FindLengthAsync(Cid.Of(segment), default));
        await log.CheckAsync(device);
    }

    [Fact]
    public async Task A_refused_segment_is_kept_itself_for_its_content_is_swept()
    {
        var forged = Segment.Write(device.Log, 1, [A.Entry()], new Device().Sign(1).Signature);

        await IngestAsync(await StoreAsync(forged));

        Assert.Equal(forged, await BytesAsync(Assert.Single(await QuarantineAsync())));
    }

    [Fact]
    public async Task A_reference_to_nothing_is_kept_until_there_is_something()
    {
        var segment = device.Write("one");
        await AssertRefusedAsync(ReferenceTo(segment), "unknown-content", ofLog: false);

        await log.Storage.Content.PutAsync(Cid.Of(segment), segment, default);
        Assert.IsType<AppendResult.Appended>(await ReplayOnlyAsync());

        await log.CheckAsync(device);
        Assert.Empty(await QuarantineAsync());
    }

    [Fact]
    public async Task A_reference_to_more_than_a_segment_can_be_is_kept()
    {
        var message = await StoreAsync(A.Bytes(Segment.MaxLength(log.Limits.ForSegments()) + 1));

        await AssertRefusedAsync(message, "body-too-large", ofLog: false);
    }

    [Theory]
    [InlineData("content:")]
    [InlineData("content:rubbish")]
    [InlineData("content:bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku ")]
    public async Task A_reference_that_is_no_address_is_kept(string message) =>
        await AssertRefusedAsync(Encoding.ASCII.GetBytes(message), "invalid-address", ofLog: false);

    [Fact]
    public async Task Content_that_is_being_deleted_is_waited_for()
    {
        var segment = device.Write("one");
        var message = await StoreAsync(segment);
        await log.Storage.Uses.TryUseAsync(Cid.Of(segment), new ContentUse("entry", log.Time.GetUtcNow()), default);
        await log.Storage.Uses.EndAsync(Cid.Of(segment), "entry", default);
        await Assert.ThrowsAsync<NotYetException>(() => IngestAsync(message));

        await log.Storage.Uses.ForgetAsync(Cid.Of(segment), default);
        await IngestAsync(message, delivery: 2);

        await log.CheckAsync(device);
    }

    [Fact]
    public async Task A_replay_once_the_cause_is_gone_appends_and_empties_the_quarantine()
    {
        var (first, second) = (device.Write("one"), device.Write("two"));
        await AssertRefusedAsync(second, "gap", delivery: Job.MaxDeliveries);
        Assert.IsType<AppendResult.Gap>(await ReplayOnlyAsync());
        Assert.Single(await QuarantineAsync());

        await IngestAsync(first);
        Assert.IsType<AppendResult.Appended>(await ReplayOnlyAsync());

        await log.CheckAsync(device);
        Assert.Empty(await QuarantineAsync());
    }

    [Fact]
    public async Task What_no_delivery_got_through_can_be_replayed()
    {
        await log.Ingester.GiveUpAsync(device.Write("one"), default);
        Assert.Equal("internal", Assert.Single(await QuarantineAsync()).Reason);

        Assert.IsType<AppendResult.Appended>(await ReplayOnlyAsync());

        await log.CheckAsync(device);
    }

    [Fact]
    public async Task There_is_no_replay_of_what_is_not_there() => Assert.Null(await log.Ingester.ReplayAsync(17, default));

    private async Task IngestAsync(byte[] message, int delivery = 1) => await log.Ingester.IngestAsync(message, delivery, default);

    private async Task<IReadOnlyList<QuarantineItem>> QuarantineAsync() => await log.Storage.Quarantine.ListAsync(0, 100, default);

    private async Task<byte[]> BytesAsync(QuarantineItem item) => (await log.Storage.Quarantine.FindAsync(item.Id, default))!.Value.ToArray();

    private async Task<AppendResult?> ReplayOnlyAsync() => await log.Ingester.ReplayAsync(Assert.Single(await QuarantineAsync()).Id, default);

    private async Task<byte[]> StoreAsync(byte[] segment)
    {
        await log.Storage.Content.PutAsync(Cid.Of(segment), segment, default);
        return ReferenceTo(segment);
    }

    private static byte[] ReferenceTo(byte[] segment) => Encoding.ASCII.GetBytes($"content:{Cid.Of(segment)}");

    /// <summary>The message lands in quarantine as it is, and nothing else comes of it.</summary>
    private async Task AssertRefusedAsync(byte[] message, string reason, bool ofLog = true, int delivery = 1)
    {
        var before = await log.Storage.Names.FindHeadAsync(device.Log, default);

        await IngestAsync(message, delivery);

        var item = Assert.Single(await QuarantineAsync());
        Assert.Equal((reason, ofLog ? device.Log.ToString() : null, log.Time.GetUtcNow()), (item.Reason, item.Log, item.At));
        Assert.Equal(message, await BytesAsync(item));
        Assert.Equal(before?.Version, (await log.Storage.Names.FindHeadAsync(device.Log, default))?.Version);
    }
}
