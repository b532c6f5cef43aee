using System.Text;
using Microsoft.Extensions.Logging;
using RemoteLog.Protocol;
using RemoteLog.Server.Append;
using RemoteLog.Server.Storage;

namespace RemoteLog.Server.Ingest;

/// <summary>Takes in what gateways put on a queue, by the same rules as a request; but nobody waits for an answer, so what is refused is kept.</summary>
public sealed partial class Ingester(
    LogStorage storage, OpenLogs logs, Appender appender, LimitOptions limits, SweepOptions sweep, LogMetrics metrics, TimeProvider time,
    ILogger<Ingester> logger)
{
    /// <summary>
    /// The job queue that gateways write to. A message is the bytes of a segment, or <c>content:</c> and the address of content that holds them, for
    /// what a queue is too small for.
    /// </summary>
    public const string Queue = "segments";

    private readonly SegmentLimits segmentLimits = limits.ForSegments();

    private static ReadOnlySpan<byte> Reference => "content:"u8;

    /// <summary>
    /// Appends a message, or puts it into quarantine. Safe to repeat: a message that was appended before is answered like the first time, one that
    /// was refused before is one item in quarantine.
    /// </summary>
    /// <param name="message">What the queue delivered.</param>
    /// <param name="delivery">How often it did, this time included.</param>
    /// <exception cref="NotYetException">It may succeed later: leave it to the queue to deliver it again.</exception>
    public async ValueTask IngestAsync(ReadOnlyMemory<byte> message, int delivery, CancellationToken cancellationToken)
    {
        // 1. What the message means: the segment itself, or where it is.
        var (segment, refusal) = await ResolveAsync(message, cancellationToken);

        // 2. As if it came now by HTTP.
        var (log, result) = refusal is null ? await AppendAsync(segment, cancellationToken) : (null, refusal);
        if (result is AppendResult.Appended) return;

        // 3. A queue has no order, so what belongs into a gap may still be on its way.
        var reason = Refusal.Of(result);
        if (result is AppendResult.Gap or AppendResult.Busy && delivery < Job.MaxDeliveries) throw new NotYetException(reason);

        // 4. The content behind a reference is swept in time, so the segment itself is kept.
        await KeepAsync(refusal is null ? segment : message, log, reason, cancellationToken);
    }

    /// <summary>Puts a message into quarantine that no delivery got through.</summary>
    public ValueTask GiveUpAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
        KeepAsync(message, null, Refusal.Internal, cancellationToken);

    /// <summary>Appends an item of the quarantine as if it came now. When that succeeds it leaves the quarantine, otherwise it stays.</summary>
    /// <returns>Null when there is no such item.</returns>
    public async ValueTask<AppendResult?> ReplayAsync(long id, CancellationToken cancellationToken)
    {
        if (await storage.Quarantine.FindAsync(id, cancellationToken) is not { } message) return null;
        var (segment, refusal) = await ResolveAsync(message, cancellationToken);
        var result = refusal ?? (await AppendAsync(segment, cancellationToken)).Result;

        // A crash before this leaves an item whose next replay is answered like this one.
        if (result is AppendResult.Appended) await storage.Quarantine.RemoveAsync(id, cancellationToken);
        return result;
    }

    /// <summary>The bytes of the segment that a message is or refers to, never longer than any segment can be.</summary>
    private async ValueTask<(ReadOnlyMemory<byte> Segment, AppendResult? Refusal)> ResolveAsync(
        ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        var maxBytes = Segment.MaxLength(segmentLimits);
        if (!message.Span.StartsWith(Reference))
        {
            return message.Length <= maxBytes ? (message, null) : (default, new AppendResult.Unacceptable(Refusal.BodyTooLarge));
        }
        if (!Cid.TryParse(Encoding.ASCII.GetString(message.Span[Reference.Length..]), out var address) || !storage.Content.Accepts(address.Kind))
        {
            return (default, new AppendResult.Unacceptable(Refusal.InvalidAddress));
        }

        // As after an upload, so that the sweep lets it lie until the segment is appended, and deletes it some time later, whoever stored it.
        var use = new ContentUse(ContentUse.Upload, time.GetUtcNow().AddHours(sweep.UploadHours));
        if (!await storage.Uses.TryUseAsync(address, use, cancellationToken)) return (default, new AppendResult.Busy());

        if (await storage.Content.FindLengthAsync(address, cancellationToken) is not { } length) return (default, new AppendResult.UnknownContent(address));
        if (length > maxBytes) return (default, new AppendResult.Unacceptable(Refusal.BodyTooLarge));
        await using var stream = await storage.Content.FindAsync(address, offset: 0, length, cancellationToken);
        if (stream is null) return (default, new AppendResult.UnknownContent(address));
        var bytes = new byte[length];
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return (bytes, null);
    }

    private async ValueTask<(LogName? Log, AppendResult Result)> AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var fault = Segment.TryParse(bytes, segmentLimits, out var segment);
        if (fault != SegmentFault.None) return (null, new AppendResult.Unacceptable(Refusal.Of(fault)));
        if (logs.Find(segment!.Owner, segment.Topic) is not { } log)
        {
            return (null, new AppendResult.Unacceptable(Topic.TryParse(segment.Topic, out _) ? Refusal.UnknownOwner : Refusal.UnknownTopic));
        }
        return (log.Name, await appender.AppendAsync(log, segment, cancellationToken));
    }

    private async ValueTask KeepAsync(ReadOnlyMemory<byte> bytes, LogName? log, string reason, CancellationToken cancellationToken)
    {
        await storage.Quarantine.AddAsync(bytes, log?.ToString(), reason, time.GetUtcNow(), cancellationToken);
        metrics.Refused(reason);
        Quarantined(bytes.Length, log, reason);
    }

    [LoggerMessage(LogLevel.Warning, "Quarantined a message of {Bytes} bytes for {Log}: {Reason}.")]
    private partial void Quarantined(int bytes, LogName? log, string reason);
}
