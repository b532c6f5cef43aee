namespace RemoteLog.Protocol.Tests;

/// <summary>What a segment or a page is made of.</summary>
public sealed record Run(LogName Log, long First, Entry[] Entries, Digest Before, Signature Signature, Cid? Tail)
{
    public long Last => First + Entries.Length - 1;

    public byte[] ToSegment() => Segment.Write(Log, First, Entries, Signature);

    public byte[] ToPage() => [.. Page.Block(Entries), .. Page.Trailer(Log, First, Before, Last, Signature, Tail)];
}
