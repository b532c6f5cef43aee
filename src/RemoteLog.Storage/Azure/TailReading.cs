using RemoteLog.Protocol;
using RemoteLog.Server;
using RemoteLog.Server.Storage;
using RemoteLog.Storage.Azure.Tables;

namespace RemoteLog.Storage.Azure;

/// <summary>Puts a tail together from its rows as they come, the head's first, and tells whether they are of one moment.</summary>
internal sealed class TailReading(long after, long maxBytes)
{
    private readonly List<TableRow> rows = [];
    private long left = maxBytes;
    private long next;
    private bool isBroken;
    private bool isFull;

    public StoredHead? Head { get; private set; }

    /// <summary>Without a gap from the first entry asked for to the head, or to where there was enough.</summary>
    public bool IsWhole => !isBroken && (isFull || next > Head!.Head.Sequence);

    public void Begin(StoredHead head)
    {
        Head = head;
        next = Math.Max(after, head.Head.Sealed) + 1;
    }

    /// <summary>False when no further row is wanted.</summary>
    public bool Take(TableRow row)
    {
        // The head's key comes before all others, so without it there is no log.
        if (Head is null) return false;
        var last = RowKeys.LastOfSegment(row.Key);

        // Sealed, and not deleted yet; or newer than the head that was read.
        if (last <= Head.Head.Sealed) return true;
        if (last > Head.Head.Sequence) return false;

        var first = row.Number("first");
        isBroken = rows.Count == 0 ? first > next : first != next;
        if (isBroken) return false;
        left -= RowPayload.SizeOf(row);
        isFull = left < 0 && rows.Count > 0;
        if (isFull) return false;
        rows.Add(row);
        next = last + 1;
        return true;
    }

    public async ValueTask<IReadOnlyList<SegmentRecord>> GetSegmentsAsync(LogName log, RowPayload payload, CancellationToken cancellationToken)
    {
        var segments = new List<SegmentRecord>(rows.Count);
        foreach (var row in rows)
        {
            var block = await payload.FindAsync(row, cancellationToken) ?? throw new DamagedLogException(log, $"the entries of {row.Key} are gone");
            segments.Add(new SegmentRecord(
                row.Number("first"), RowKeys.LastOfSegment(row.Key), new Digest(row.Bytes("before")), new Digest(row.Bytes("link")),
                new Signature(row.Bytes("signature")), block));
        }
        return segments;
    }
}
