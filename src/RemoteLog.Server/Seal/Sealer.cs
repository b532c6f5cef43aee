using Microsoft.Extensions.Logging;
using RemoteLog.Protocol;
using RemoteLog.Server.Read;
using RemoteLog.Server.Storage;

namespace RemoteLog.Server.Seal;

/// <summary>Moves a tail's whole segments into pages, off the append's path: a slow store delays pages, never appends.</summary>
public sealed partial class Sealer(
    LogStorage storage, OpenLogs logs, HeadWatch watch, PageOptions pages, LogMetrics metrics, TimeProvider time, ILogger<Sealer> logger)
{
    /// <summary>The job queue of logs to seal; a job's body is the log's name.</summary>
    public const string Queue = "seal";

    /// <summary>How often to commit one page again because appends kept moving the head.</summary>
    private const int Attempts = 16;

    /// <summary>
    /// Seals until less than a page is left. Doing it twice, or at once in two places, adds nothing; within this process one at a time, because
    /// each page moves the head, and appends would lose the race for it again and again.
    /// </summary>
    public async ValueTask SealAsync(LogName log, CancellationToken cancellationToken)
    {
        var open = logs.Get(log);
        await open.Sealing.WaitAsync(cancellationToken);
        try
        {
            while (await SealPageAsync(open, cancellationToken) is { } head && IsDue(head))
            {
            }
        }
        finally
        {
            open.Sealing.Release();
        }
    }

    /// <summary>The head with one more page; null when nothing was due.</summary>
    private async ValueTask<StoredHead?> SealPageAsync(OpenLog log, CancellationToken cancellationToken)
    {
        // 1. The oldest whole segments that fit a page: a page ends where a segment ends, so that it carries a signed checkpoint.
        var tail = await storage.Names.ReadTailAsync(log.Name, after: 0, pages.Bytes, cancellationToken);
        if (tail is null || !IsDue(tail.Head)) return null;
        var segments = Fit(tail.Segments);

        // 2. The page, stored before anything names it: a crash here leaves an orphan, which sealing again finds in place.
        var bytes = Write(log.Name, segments, tail.Head.Head.Page);
        var address = storage.Pages.AddressOf(bytes);
        await storage.Pages.PutAsync(address, bytes, cancellationToken);

        // 3. One conditional transaction.
        await log.Turn.WaitAsync(cancellationToken);
        try
        {
            return await CommitAsync(log, tail.Head, new PageRecord(segments[0].First, segments[^1].Last, address, bytes.Length), segments, cancellationToken);
        }
        finally
        {
            log.Turn.Release();
        }
    }

    /// <summary>Appends may move the head meanwhile; only another sealer makes the page superfluous.</summary>
    private async ValueTask<StoredHead> CommitAsync(
        OpenLog log, StoredHead head, PageRecord page, List<SegmentRecord> segments, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var next = head.Head with { Sealed = page.Last, Page = page.Address };
            if (await storage.Names.TrySealAsync(head, next, page, segments, cancellationToken) is { } stored)
            {
                log.LastSeen = stored;
                watch.Changed(log.Name);
                metrics.Sealed(time.GetUtcNow() - next.UpdatedAt);
                Sealed(log.Name, page.First, page.Last, page.Size);
                return stored;
            }

            head = await storage.Names.FindHeadAsync(log.Name, cancellationToken) ?? throw new DamagedLogException(log.Name, "its head is gone");
            if (head.Head.Sealed != page.First - 1) return head;
        }
        throw new TimeoutException($"Appends to {log.Name} kept moving its head; sealing is left to the next attempt.");
    }

    private bool IsDue(StoredHead head) => head.Head.Sequence - head.Head.Sealed >= pages.Entries || head.TailBytes >= pages.Bytes;

    private List<SegmentRecord> Fit(IReadOnlyList<SegmentRecord> tail)
    {
        List<SegmentRecord> segments = [tail[0]];
        foreach (var segment in tail.Skip(1))
        {
            if (segment.Last - tail[0].First + 1 > pages.Entries) break;
            segments.Add(segment);
        }
        return segments;
    }

    /// <summary>Segments as one <c>RemoteLog</c> message: only the newest signature has to travel.</summary>
    internal static byte[] Write(LogName log, IReadOnlyList<SegmentRecord> segments, Cid? tail)
    {
        var (oldest, newest) = (segments[0], segments[^1]);
        var trailer = Page.Trailer(log, oldest.First, oldest.Before, newest.Last, newest.Signature, tail);
        var bytes = new byte[segments.Sum(segment => segment.Block.Length) + trailer.Length];
        var at = 0;
        for (var i = segments.Count - 1; i >= 0; i--)
        {
            segments[i].Block.CopyTo(bytes.AsMemory(at));
            at += segments[i].Block.Length;
        }
        trailer.CopyTo(bytes, at);
        return bytes;
    }

    [LoggerMessage(LogLevel.Debug, "Sealed entries {First} to {Last} of {Log} in a page of {Bytes} bytes.")]
    private partial void Sealed(LogName log, long first, long last, long bytes);
}
