using FsCheck;
using FsCheck.Fluent;
using RemoteLog.Protocol.Mvds;

namespace RemoteLog.Protocol.Tests;

/// <summary>What every parser owes to whoever calls it with a stranger's bytes: an answer, at a price that the input's length bounds.</summary>
public sealed class HostileInputTests
{
    private static readonly (string Name, Func<byte[], bool> TryParse, Gen<byte[]> Valid)[] Parsers =
    [
        ("Segment", bytes => Segment.TryParse(bytes, SegmentLimits.Default, out _) == SegmentFault.None, Any.SegmentRun.Select(run => run.ToSegment())),
        ("Page", bytes => Page.TryParse(bytes, out _), Any.PageRun.Select(run => run.ToPage())),
        ("Head", bytes => Head.TryParse(bytes, out _), Any.Head.Select(head => head.ToArray())),
        ("EntryHeader", bytes => EntryHeader.TryParse(bytes, out _), Any.Header.Select(header => header.ToArray())),
        ("Checkpoint", bytes => Checkpoint.TryParse(bytes, out _), Any.Checkpoint.Select(checkpoint => checkpoint.ToArray())),
        ("Fork", bytes => Fork.TryParse(bytes, out _), Any.Fork.Select(fork => fork.ToArray())),
        ("ForkList", bytes => ForkList.TryParse(bytes, out _), Any.Fork.ListOf().Select(ForkList.ToArray)),
        ("PageIndex", bytes => PageIndex.TryParse(bytes, out _), Any.PageIndex.Select(index => index.ToArray())),
        ("Cid", bytes => Cid.TryRead(bytes, out _), Any.Cid.Select(cid => cid.ToArray())),
        ("MvdsPayload", bytes => MvdsPayload.TryParse(bytes, out _), Any.MvdsPayload.Select(payload => payload.ToArray())),
    ];

    public static TheoryData<string> Names => [.. Parsers.Select(parser => parser.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Any_bytes_are_read_or_refused_without_an_exception(string name)
    {
        var (_, tryParse, valid) = Parser(name);

        Any.ForEach(Gen.OneOf(Any.Bytes, Any.Damaged(valid)), bytes => tryParse(bytes) || true);
    }

    [Theory, MemberData(nameof(Names))]
    public void A_length_that_is_not_there_costs_nothing(string name)
    {
        var (_, tryParse, _) = Parser(name);
        var claims = TagsWithLengths().SelectMany(tag => HugeLengths.Select(length => (byte[])[.. tag, .. length])).ToArray();
        byte[][] inputs = [.. claims, .. TagsWithLengths().SelectMany(tag => claims.Select(claim => (byte[])[.. tag, (byte)claim.Length, .. claim]))];
        foreach (var input in inputs) tryParse(input);

        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var input in inputs) tryParse(input);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated / inputs.Length, 0, 4096);
    }

    [Fact]
    public void Bytes_nested_deeper_than_any_message_are_refused()
    {
        byte[] nested = [];
        for (var depth = 0; depth < 10_000; depth++) nested = [0x0a, .. VarintOf(nested.Length), .. nested];

        Assert.All(Parsers.Where(parser => parser.Name is not ("EntryHeader" or "MvdsPayload")), parser => Assert.False(parser.TryParse(nested), parser.Name));
    }

    private static byte[][] HugeLengths =>
    [
        [0xff, 0xff, 0xff, 0xff, 0x07],                                       // 2 GiB less one, the most an array can ask for
        [0x80, 0x80, 0x80, 0x80, 0x08],                                       // 2 GiB, negative as an int
        [0xff, 0xff, 0xff, 0xff, 0x0f],                                       // 4 GiB less one, -1 as an int
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],               // 2^63 - 1
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],         // 2^64 - 1
    ];

    private static IEnumerable<byte[]> TagsWithLengths() =>
        Enumerable.Range(1, 11).Concat([1001, 1002, 1004, 1006, 5001, 5002, 5003, 5004, 5005]).Select(field => VarintOf((field << 3) | 2));

    private static byte[] VarintOf(int value)
    {
        List<byte> bytes = [];
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        return [.. bytes, (byte)value];
    }

    private static (string Name, Func<byte[], bool> TryParse, Gen<byte[]> Valid) Parser(string name) => Array.Find(Parsers, parser => parser.Name == name);
}
