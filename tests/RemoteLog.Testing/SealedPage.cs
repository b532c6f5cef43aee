using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Testing;

/// <summary>What sealing stores: a page that holds the oldest segments of a tail, and the head after it.</summary>
public sealed record SealedPage(byte[] Bytes, PageRecord Record, Head Next, IReadOnlyList<SegmentRecord> Replaced)
{
    /// <summary>The page of all segments of <paramref name="tail"/>, or of the oldest <paramref name="segments"/>.</summary>
    public static SealedPage Of(Tail tail, int segments = int.MaxValue)
    {
        IReadOnlyList<SegmentRecord> replaced = [.. tail.Segments.Take(segments)];
        var (head, oldest, newest) = (tail.Head.Head, replaced[0], replaced[^1]);
        byte[] bytes =
        [
            .. replaced.Reverse().SelectMany(segment => segment.Block.ToArray()),
            .. Page.Trailer(head.Log, oldest.First, oldest.Before, newest.Last, newest.Signature, head.Page),
        ];
        var record = new PageRecord(oldest.First, newest.Last, Cid.Of(bytes), bytes.Length);
        return new SealedPage(bytes, record, head with { Sealed = record.Last, Page = record.Address }, replaced);
    }
}
