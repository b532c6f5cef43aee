using FsCheck.Fluent;
using Google.Protobuf;
using Peer = RemoteLog.Protocol.Messages;

namespace RemoteLog.Protocol.Tests;

/// <summary>Google's generated code as the judge of the codec in Wire: both write the same bytes, and each reads what the other wrote.</summary>
public sealed class GooglePeerTests
{
    [Fact]
    public void Segments_are_written_alike() => Any.ForEach(Any.SegmentRun, run => Bytes(Of(run)).SequenceEqual(run.ToSegment()));

    [Fact]
    public void Pages_are_written_alike() => Any.ForEach(Any.PageRun, run => Bytes(PageOf(run)).SequenceEqual(run.ToPage()));

    [Fact]
    public void Entry_headers_are_written_alike() => Any.ForEach(Any.Header, header => Bytes(Of(header)).SequenceEqual(header.ToArray()));

    [Fact]
    public void A_segment_written_by_the_peer_is_read_with_the_same_fields() => Any.ForEach(Any.SegmentRun, run =>
        Segment.TryParse(Bytes(Of(run)), SegmentLimits.Default, out var segment) == SegmentFault.None && segment!.IsFor(run.Log)
        && segment.First == run.First && Same.Lists(run.Entries, segment.Entries, Same.Entries));

    [Fact]
    public void What_is_read_as_a_segment_the_peer_reads_with_the_same_fields() => Any.ForEach(Any.Damaged(Any.SegmentRun.Select(run => run.ToSegment())), bytes =>
    {
        if (Segment.TryParse(bytes, SegmentLimits.Default, out var segment) != SegmentFault.None) return true;

        var peer = Peer.Segment.Parser.ParseFrom(bytes);
        return peer.Owner == segment!.Owner && peer.Topic == segment.Topic && peer.First == (ulong)segment.First
            && peer.Signature.Span.SequenceEqual(segment.Signature.Span) && Same.Lists([.. segment.Entries.Select(EntryOf)], peer.Entries, (one, other) => one.Equals(other));
    });

    [Fact]
    public void What_is_read_as_a_page_the_peer_reads_with_the_same_fields() => Any.ForEach(Any.Damaged(Any.PageRun.Select(run => run.ToPage())), bytes =>
    {
        if (!Page.TryParse(bytes, out var page)) return true;

        var peer = Peer.RemoteLog.Parser.WithDiscardUnknownFields(true).ParseFrom(bytes);
        return peer.Owner == page.Owner && peer.Topic == page.Topic && peer.First == (ulong)page.First && peer.Sequence == (ulong)page.Last
            && peer.Before.Span.SequenceEqual(page.Before.Span) && peer.Signature.Span.SequenceEqual(page.Signature.Span)
            && peer.Tail.Span.SequenceEqual(page.Tail?.ToArray()) && Same.Lists([.. page.Entries.Reverse().Select(PairOf)], peer.Pair, (one, other) => one.Equals(other));
    });

    [Fact]
    public void What_is_read_as_a_header_the_peer_reads_with_the_same_fields() => Any.ForEach(Any.Damaged(Any.Header.Select(header => header.ToArray())), bytes =>
        !EntryHeader.TryParse(bytes, out var header) || Of(header).Equals(Peer.EntryHeader.Parser.WithDiscardUnknownFields(true).ParseFrom(bytes)));

    [Fact]
    public void A_reader_that_knows_nothing_but_the_spec_reads_our_pages() => Any.ForEach(Any.PageRun, run =>
    {
        var page = Spec.RemoteLog.Parser.ParseFrom(run.ToPage());
        return page.Tail.Span.SequenceEqual(run.Tail?.ToArray()) && page.Pair.Count == run.Entries.Length
            && run.Entries.Reverse().Zip(page.Pair, IsIn).All(same => same);
    });

    private static bool IsIn(Entry entry, Spec.RemoteLog.Types.Pair pair) =>
        pair.LocalHash.Span.SequenceEqual(entry.GetId().Span)
        && pair.RemoteHash.Span.SequenceEqual(entry.Address?.ToArray())
        && pair.Data.Span.SequenceEqual(entry.Data.GetValueOrDefault().Span);

    private static byte[] Bytes(IMessage message) => message.ToByteArray();

    private static ByteString Copy(ReadOnlySpan<byte> bytes) => ByteString.CopyFrom(bytes);

    private static Peer.Segment Of(Run run) => new()
    {
        Owner = run.Log.Owner.Name,
        Topic = run.Log.Topic.Value,
        First = (ulong)run.First,
        Entries = { run.Entries.Select(EntryOf) },
        Signature = Copy(run.Signature.Span),
    };

    private static Peer.Entry EntryOf(Entry entry) => new()
    {
        Header = Copy(entry.Header.Span),
        Data = Copy(entry.Data.GetValueOrDefault().Span),
        Address = Copy(entry.Address?.ToArray()),
        Digest = entry.Address is null ? ByteString.Empty : Copy(entry.DataDigest.Span),
        Size = entry.Address is null ? 0 : (ulong)entry.Size,
    };

    private static Peer.RemoteLog PageOf(Run run) => new()
    {
        Pair = { run.Entries.Reverse().Select(PairOf) },
        Tail = Copy(run.Tail?.ToArray()),
        Owner = run.Log.Owner.Name,
        Topic = run.Log.Topic.Value,
        First = (ulong)run.First,
        Before = Copy(run.Before.Span),
        Sequence = (ulong)run.Last,
        Signature = Copy(run.Signature.Span),
    };

    private static Peer.RemoteLog.Types.Pair PairOf(Entry entry) => new()
    {
        RemoteHash = Copy(entry.Address?.ToArray()),
        LocalHash = Copy(entry.GetId().Span),
        Data = Copy(entry.Data.GetValueOrDefault().Span),
        Header = Copy(entry.Header.Span),
        Digest = entry.Data is null ? Copy(entry.DataDigest.Span) : ByteString.Empty,
        Size = entry.Data is null ? (ulong)entry.Size : 0,
    };

    private static Peer.EntryHeader Of(EntryHeader header) => new()
    {
        Id = Copy(header.Id.Span),
        ExpiresAt = header.ExpiresAt?.ToUnixTimeMilliseconds() ?? 0,
        Parents = { header.Parents.Select(parent => Copy(parent.Span)) },
    };
}
