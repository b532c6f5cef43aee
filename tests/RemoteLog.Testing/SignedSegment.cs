using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Testing;

/// <summary>A segment in all the shapes it takes on its way: what is sent, what is stored, and the head after it.</summary>
public sealed record SignedSegment(LogName Log, long First, Digest Before, IReadOnlyList<Entry> Entries, Digest Link, Signature Signature)
{
    public long Last => First + Entries.Count - 1;

    public Checkpoint Checkpoint => new(Log, Last, Link, Signature);

    /// <summary>As it is uploaded.</summary>
    public byte[] ToArray() => Segment.Write(Log, First, Entries, Signature);

    /// <summary>As the registry keeps it.</summary>
    public SegmentRecord ToRecord() => new(First, Last, Before, Link, Signature, Page.Block(Entries));

    /// <summary>The head once it is appended to a log whose head was <paramref name="current"/>.</summary>
    public Head After(Head? current) => new()
    {
        Log = Log,
        Sequence = Last,
        Link = Link,
        Signature = Signature,
        Sealed = current?.Sealed ?? 0,
        Page = current?.Page,
        Bytes = (current?.Bytes ?? 0) + Entries.Sum(entry => entry.Size),
        UpdatedAt = A.Moment,
    };
}
