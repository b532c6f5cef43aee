using System.Text;
using Microsoft.Extensions.Logging;
using RemoteLog.Protocol;
using RemoteLog.Server.Read;
using RemoteLog.Server.Seal;
using RemoteLog.Server.Storage;
using RemoteLog.Server.Wake;

namespace RemoteLog.Server.Append;

/// <summary>Takes segments in. The caller has parsed them; nothing else about them is trusted.</summary>
public sealed partial class Appender(
    LogStorage storage, LogHistory history, EntryContent content, HeadWatch watch, Announcer announcer, SigningKey receipts,
    PageOptions pages, LimitOptions limits, TimeProvider time, ILogger<Appender> logger)
{
    /// <summary>How often to start over because another writer of the same log came first.</summary>
    private const int Attempts = 8;

    public async ValueTask<AppendResult> AppendAsync(OpenLog log, Segment segment, CancellationToken cancellationToken)
    {
        // The head last seen saves a read; whatever it leads to other than success is asked again of the registry.
        if (log.LastSeen is { } seen && await TryAppendAsync(log, seen, segment, cancellationToken) is AppendResult.Appended appended) return appended;

        await log.Turn.WaitAsync(cancellationToken);
        try
        {
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                // 1. Find the head.
                var head = await storage.Names.FindHeadAsync(log.Name, cancellationToken);
                if (await TryAppendAsync(log, head, segment, cancellationToken) is { } result) return result;
            }
            return new AppendResult.Busy();
        }
        finally
        {
            log.Turn.Release();
        }
    }

    /// <summary>Null when the head was no longer the newest.</summary>
    private async ValueTask<AppendResult?> TryAppendAsync(OpenLog log, StoredHead? head, Segment segment, CancellationToken cancellationToken)
    {
        var known = head?.Head.Sequence ?? 0;
        if (segment.First > known + 1) return new AppendResult.Gap(head);

        // 2. Recompute the chain from what is stored, and verify the one signature before anything else is believed or done.
        var newest = head?.Head.Link ?? log.Name.Id;
        var before = segment.First == known + 1
            ? newest
            : (await history.GetAsync(log.Name, segment.First, cancellationToken)).LinkBefore(segment.First);
        var overlap = (int)Math.Min(known - segment.First + 1, segment.Entries.Count);
        var meeting = Chain.Extend(before, segment.Entries, 0, overlap);
        var link = Chain.Extend(meeting, segment.Entries, overlap, segment.Entries.Count);
        if (!Checkpoint.Verify(log.Name, segment.Last, link, segment.Signature)) return new AppendResult.BadSignature();

        // 3. Where it overlaps the log it must agree with it (design: the identity of a write is log, sequence and link).
        if (segment.Last < known)
        {
            var run = await history.GetAsync(log.Name, segment.Last, cancellationToken);
            return run.LinkBefore(segment.Last + 1) == link
                ? new AppendResult.Appended(head!)
                : await RefuseForkAsync(ForkEvidence.Behind(log.Name, run, segment, link, time.GetUtcNow()), cancellationToken);
        }
        if (meeting != newest)
        {
            return await RefuseForkAsync(ForkEvidence.Ahead(head!.Head, segment, meeting, link, time.GetUtcNow()), cancellationToken);
        }
        if (segment.Last == known)
        {
            // Whoever sends it again may never have been answered; then perhaps nobody was told either.
            await announcer.RepeatAsync(log, known, cancellationToken);
            return new AppendResult.Appended(head!);
        }

        // 4. Content first: a crash from here to the commit leaves content that nothing names, which the sweep deletes.
        var (entries, refusal) = await content.PlaceAsync(log.Name, segment, overlap, cancellationToken);
        if (refusal is not null) return refusal;

        // 5. Hint second: a crash from here to the commit leaves a hint that finds nothing new.
        await announcer.PrepareAsync(log, cancellationToken);

        // 6. Commit last: one conditional transaction. Before it nothing happened; after it the append survives anything.
        var next = NextHead(log.Name, head?.Head, segment, link, entries);
        var record = new SegmentRecord(known + 1, segment.Last, newest, link, segment.Signature, Page.Block(entries));
        var stored = await storage.Names.TryAppendAsync(head, next, record, cancellationToken);
        if (stored is null) return null;

        // 7. Acknowledged state from here on: a lost seal job costs time, never data.
        log.LastSeen = stored;
        watch.Changed(log.Name);
        await announcer.ConfirmAsync(log, next.Sequence, cancellationToken);
        if (IsPageDue(head, stored)) await EnqueueSealAsync(log.Name, cancellationToken);
        return new AppendResult.Appended(stored);
    }

    private async ValueTask<AppendResult> RefuseForkAsync(Fork fork, CancellationToken cancellationToken)
    {
        await storage.Names.AddForkAsync(fork, limits.Forks, cancellationToken);
        Forked(fork.Refused.Log, fork.Refused.Sequence);
        return new AppendResult.Forked(fork);
    }

    private Head NextHead(LogName log, Head? head, Segment segment, Digest link, IReadOnlyList<Entry> entries)
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        return new Head
        {
            Log = log,
            Sequence = segment.Last,
            Link = link,
            Signature = segment.Signature,
            Sealed = head?.Sealed ?? 0,
            Page = head?.Page,
            Erased = head?.Erased ?? 0,
            Bytes = (head?.Bytes ?? 0) + entries.Sum(entry => entry.Size),
            UpdatedAt = now,
            Receipt = new Receipt(receipts.Owner, now, receipts.Sign(Receipt.Text(log, segment.Last, link, now))),
        };
    }

    /// <summary>Whether this append filled a page. Asked for once a page, so a lost job is made good when the next one fills.</summary>
    private bool IsPageDue(StoredHead? before, StoredHead after)
    {
        var (entriesBefore, bytesBefore) = before is null ? (0, 0) : (before.Head.Sequence - before.Head.Sealed, before.TailBytes);
        return entriesBefore / pages.Entries != (after.Head.Sequence - after.Head.Sealed) / pages.Entries
            || bytesBefore / pages.Bytes != after.TailBytes / pages.Bytes;
    }

    private ValueTask EnqueueSealAsync(LogName log, CancellationToken cancellationToken) =>
        storage.Jobs.EnqueueAsync(Sealer.Queue, Encoding.ASCII.GetBytes(log.ToString()), TimeSpan.Zero, cancellationToken);

    [LoggerMessage(LogLevel.Warning, "Refused a second history of {Log} at {Sequence}.")]
    private partial void Forked(LogName log, long sequence);
}
