using RemoteLog.Protocol;

namespace RemoteLog.Server.Storage;

/// <summary>
/// Per log: a head that is replaced only as last read, the tail's segment records, the page records, and evidence of forks.
/// Every change is one transaction, durable once the task completes; reads see every change that completed before they began.
/// </summary>
public interface INameRegistry
{
    /// <summary>Null when the log has never been written.</summary>
    ValueTask<StoredHead?> FindHeadAsync(LogName log, CancellationToken cancellationToken);

    /// <summary>Adds one segment record and replaces the head of its log, together or not at all.</summary>
    /// <param name="current">The head as last read, which must still be the stored one; null: the log must not exist yet.</param>
    /// <returns>The head as stored; null when another change came first and nothing was stored.</returns>
    ValueTask<StoredHead?> TryAppendAsync(StoredHead? current, Head next, SegmentRecord segment, CancellationToken cancellationToken);

    /// <summary>Adds one page record, drops the segment records it replaces and replaces the head of its log, together or not at all.</summary>
    /// <param name="current">The head as last read, which must still be the stored one.</param>
    /// <param name="replaced">The segment records whose entries the page holds: the oldest of the tail, without gaps.</param>
    /// <returns>The head as stored; null when another change came first and nothing was stored.</returns>
    ValueTask<StoredHead?> TrySealAsync(
        StoredHead current, Head next, PageRecord page, IReadOnlyList<SegmentRecord> replaced, CancellationToken cancellationToken);

    /// <summary>
    /// The head and, as of the same moment, the tail's segment records that hold entries after <paramref name="after"/>, oldest first;
    /// null when the log has never been written. At least one record when there is one, then as many as stay within <paramref name="maxBytes"/> of
    /// <see cref="SegmentRecord.Block"/>. Entries that are sealed by now are not among them.
    /// </summary>
    ValueTask<Tail?> ReadTailAsync(LogName log, long after, int maxBytes, CancellationToken cancellationToken);

    /// <summary>Records of pages that hold entries after <paramref name="after"/>, oldest first, at most <paramref name="max"/>.</summary>
    ValueTask<IReadOnlyList<PageRecord>> ReadPagesAsync(LogName log, long after, int max, CancellationToken cancellationToken);

    /// <summary>
    /// Keeps evidence under the log it is about. The same refused checkpoint (sequence and link, whatever the signature) again changes nothing;
    /// past <paramref name="max"/> for one log, neither does another.
    /// </summary>
    ValueTask AddForkAsync(Fork fork, int max, CancellationToken cancellationToken);

    /// <summary>Evidence that <paramref name="log"/> was forked, in the order it came.</summary>
    ValueTask<IReadOnlyList<Fork>> ReadForksAsync(LogName log, CancellationToken cancellationToken);

    /// <summary>
    /// Logs whose tail holds at least so many entries or bytes: what the sweep seals when nobody else did. Each call goes on where the last one ended and,
    /// past the end, begins anew, so that logs which cannot be sealed do not stand before the others for ever.
    /// </summary>
    /// <param name="max">How many at the most.</param>
    ValueTask<IReadOnlyList<LogName>> FindUnsealedAsync(int entries, long bytes, int max, CancellationToken cancellationToken);
}

/// <summary>A head as the registry keeps it.</summary>
/// <param name="Head">The head.</param>
/// <param name="Bytes">Its protobuf form, which travels as it was stored.</param>
/// <param name="TailBytes">Length of the tail's <see cref="SegmentRecord.Block"/>s, which decides when a page is due.</param>
/// <param name="Version">Changes whenever the head does; opaque.</param>
public sealed record StoredHead(Head Head, ReadOnlyMemory<byte> Bytes, long TailBytes, string Version);

/// <summary>A segment that is not sealed yet.</summary>
/// <param name="First">Sequence of its first entry.</param>
/// <param name="Last">Sequence of its last entry.</param>
/// <param name="Before">Link before the first.</param>
/// <param name="Link">Link after the last.</param>
/// <param name="Signature">The owner's, over the checkpoint at <paramref name="Last"/>.</param>
/// <param name="Block">The entries as pages carry them: <see cref="Page.Block"/>.</param>
public sealed record SegmentRecord(long First, long Last, Digest Before, Digest Link, Signature Signature, ReadOnlyMemory<byte> Block);

/// <summary>A head and segment records of the same moment.</summary>
public sealed record Tail(StoredHead Head, IReadOnlyList<SegmentRecord> Segments);
