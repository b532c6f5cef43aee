using System.Runtime.CompilerServices;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Server.Read;

/// <summary>One <c>RemoteLog</c> message on its way to a reader: a sealed page, still in its store, or the tail, at hand.</summary>
/// <param name="Length">In bytes.</param>
/// <param name="Page">The page to send as it is stored; null for the tail.</param>
/// <param name="Parts">The tail's message, in the order in which to send it.</param>
public sealed record EntryRun(long Length, Cid? Page, IReadOnlyList<ReadOnlyMemory<byte>> Parts);

/// <summary>Everything after a sequence, oldest first.</summary>
public sealed class EntryReader(LogStorage storage)
{
    /// <summary>Bytes of tail read at once: a tail that waits for a slow store may be long.</summary>
    private const int SliceBytes = 1024 * 1024;

    /// <summary>Page records read at once.</summary>
    private const int SlicePages = 1000;

    /// <summary>
    /// What a reader who has everything up to <paramref name="after"/> is missing. The first message may begin earlier: pages travel whole.
    /// Ends at the head as it was when the reading began; null when the log was never written.
    /// </summary>
    public async ValueTask<IAsyncEnumerable<EntryRun>?> FindAsync(LogName log, long after, CancellationToken cancellationToken)
    {
        var tail = await storage.Names.ReadTailAsync(log, after, SliceBytes, cancellationToken);
        return tail is null ? null : ReadAsync(log, after, tail, cancellationToken);
    }

    private async IAsyncEnumerable<EntryRun> ReadAsync(
        LogName log, long after, Tail tail, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var end = tail.Head.Head.Sequence;
        while (true)
        {
            // Sealed entries had left the tail by the time it was read, and pages never go: so first the pages up to `sealed`, then the tail.
            while (after < tail.Head.Head.Sealed)
            {
                var pages = await storage.Names.ReadPagesAsync(log, after, SlicePages, cancellationToken);
                if (pages is not [var oldest, ..] || oldest.First > after + 1) throw new DamagedLogException(log, $"no page holds entry {after + 1}");
                foreach (var page in pages)
                {
                    yield return new EntryRun(page.Size, page.Address, []);
                    after = page.Last;
                }
            }

            List<SegmentRecord> missing = [.. tail.Segments.SkipWhile(segment => segment.Last <= after)];
            if (missing.Count > 0)
            {
                yield return Join(log, missing, tail.Head.Head.Page);
                after = missing[^1].Last;
            }
            if (after >= end) yield break;

            var next = await storage.Names.ReadTailAsync(log, after, SliceBytes, cancellationToken);
            if (next is null || (next.Segments.Count == 0 && next.Head.Head.Sealed <= after)) throw new DamagedLogException(log, $"entry {after + 1} is nowhere");
            tail = next;
        }
    }

    /// <summary>Segments as one message: only the newest signature has to travel.</summary>
    private static EntryRun Join(LogName log, List<SegmentRecord> segments, Cid? page)
    {
        var (oldest, newest) = (segments[0], segments[^1]);
        List<ReadOnlyMemory<byte>> parts = [];
        for (var i = segments.Count - 1; i >= 0; i--) parts.Add(segments[i].Block);
        parts.Add(Page.Trailer(log, oldest.First, oldest.Before, newest.Last, newest.Signature, page));
        return new EntryRun(parts.Sum(part => (long)part.Length), null, parts);
    }
}
