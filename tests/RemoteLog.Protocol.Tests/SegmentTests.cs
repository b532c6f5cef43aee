using System.Text.Json.Serialization;
using FsCheck.Fluent;

namespace RemoteLog.Protocol.Tests;

public sealed class SegmentTests
{
    private static readonly SegmentFile File = VectorFile.Read<SegmentFile>("segments");

    public static IEnumerable<TheoryDataRow<SegmentVector>> Good => VectorFile.Rows(File.Good, vector => vector.Name);

    public static IEnumerable<TheoryDataRow<BadBytes>> Bad => VectorFile.Rows(File.Bad, vector => vector.Because);

    public static IEnumerable<TheoryDataRow<ForgedVector>> Forged => VectorFile.Rows(File.Forged, vector => vector.Name);

    [Theory, MemberData(nameof(Good))]
    public void A_segment_says_what_its_vector_says_and_its_signature_holds(SegmentVector vector)
    {
        Assert.Equal(SegmentFault.None, Segment.TryParse(vector.Bytes, SegmentLimits.Default, out var segment));

        Assert.Equal((vector.Owner, vector.Topic, vector.First, vector.Last), (segment!.Owner, segment.Topic, segment.First, segment.Last));
        Assert.Equal(vector.Signature, segment.Signature.Span);
        Assert.True(segment.IsFor(vector.Log));
        Assert.True(Same.Lists([.. vector.Entries.Select(entry => entry.ToEntry())], segment.Entries, Same.Entries));
        Assert.Equal(vector.Link, Chain.Extend(new Digest(vector.Before), [.. segment.Entries]).Span);
        Assert.True(vector.Holds(segment));
    }

    [Theory, MemberData(nameof(Good))]
    public void A_segment_is_written_byte_for_byte_as_its_vector(SegmentVector vector)
    {
        var written = Segment.Write(vector.Log, vector.First, [.. vector.Entries.Select(entry => entry.ToEntry())], new Signature(vector.Signature));

        Assert.Equal(vector.Bytes, written);
    }

    [Theory, MemberData(nameof(Bad))]
    public void What_is_no_segment_is_refused_with_its_fault(BadBytes vector)
    {
        Assert.Equal(vector.Fault, Segment.TryParse(vector.Bytes, SegmentLimits.Default, out var segment));
        Assert.Null(segment);
    }

    [Theory, MemberData(nameof(Forged))]
    public void A_forged_segment_is_read_but_its_signature_does_not_hold(ForgedVector vector)
    {
        Assert.Equal(SegmentFault.None, Segment.TryParse(vector.Bytes, SegmentLimits.Default, out var segment));

        var log = LogName.Parse($"{segment!.Owner}/{segment.Topic}");
        Assert.False(Checkpoint.Verify(log, segment.Last, Chain.Extend(new Digest(vector.Before), [.. segment.Entries]), segment.Signature));
    }

    [Fact]
    public void Every_segment_is_read_as_it_was_written() => Any.ForEach(Any.SegmentRun, run =>
        Segment.TryParse(run.ToSegment(), SegmentLimits.Default, out var segment) == SegmentFault.None
        && segment!.IsFor(run.Log) && segment.First == run.First && segment.Signature == run.Signature
        && Same.Lists(run.Entries, segment.Entries, Same.Entries)
        && Segment.Write(run.Log, segment.First, segment.Entries, segment.Signature).AsSpan().SequenceEqual(run.ToSegment()));

    // The signature is written last, so whatever is cut off is missing from it.
    [Fact]
    public void A_segment_cut_short_is_refused() => Any.ForEachCut(Any.SegmentRun, run => run.ToSegment(), (run, cut) =>
        Segment.TryParse(cut, SegmentLimits.Default, out _) != SegmentFault.None);

    // Whatever is appended is an unknown field, a repeated one, no field at all, or one more entry, which the signature does not cover.
    [Fact]
    public void A_padded_segment_is_refused_or_has_an_entry_more() => Any.ForEach(Any.SegmentRun.Zip(Any.Bytes.Where(bytes => bytes.Length > 0)), padded =>
        Segment.TryParse((byte[])[.. padded.Item1.ToSegment(), .. padded.Item2], SegmentLimits.Default, out var segment) != SegmentFault.None
        || segment!.Entries.Count > padded.Item1.Entries.Length);

    [Theory, MemberData(nameof(Good))]
    public void A_segment_with_any_bit_flipped_is_refused(SegmentVector vector)
    {
        Assert.Equal(SegmentFault.None, Segment.TryParse(vector.Bytes, SegmentLimits.Default, out var original));

        for (var bit = 0; bit < vector.Bytes.Length * 8; bit++)
        {
            var flipped = (byte[])vector.Bytes.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            if (Segment.TryParse(flipped, SegmentLimits.Default, out var segment) != SegmentFault.None || !segment!.IsFor(vector.Log) || !vector.Holds(segment)) continue;

            // The chain takes the digest of content uploaded before, neither its size nor where in Swarm it is: the store has the last word on both.
            Assert.Equal(original!.Last, segment.Last);
            Assert.True(Same.Lists(original.Entries, segment.Entries, OfTheSameContent), $"Bit {bit} can be flipped unseen.");
        }
    }

    [Fact]
    public void An_entry_may_be_as_large_as_the_limit_and_no_larger()
    {
        var limits = new SegmentLimits { EntryBytes = 1000 };

        Assert.Equal(SegmentFault.None, ParseOf(limits, new byte[1000]));
        Assert.Equal(SegmentFault.EntryTooLarge, ParseOf(limits, new byte[1001]));
    }

    [Fact]
    public void A_segment_may_be_as_large_as_the_limit_and_no_larger()
    {
        var limits = new SegmentLimits { SegmentBytes = 1000 };

        Assert.Equal(SegmentFault.None, ParseOf(limits, new byte[500], new byte[500]));
        Assert.Equal(SegmentFault.SegmentTooLarge, ParseOf(limits, new byte[500], new byte[501]));
    }

    [Fact]
    public void A_segment_may_have_as_many_entries_as_the_limit_and_no_more()
    {
        var limits = new SegmentLimits { Entries = 2 };

        Assert.Equal(SegmentFault.None, ParseOf(limits, [], []));
        Assert.Equal(SegmentFault.TooManyEntries, ParseOf(limits, [], [], []));
    }

    [Fact]
    public void Headers_count_towards_the_limits()
    {
        var entry = Entry.Embedded(new byte[500], new EntryHeader { Id = new byte[500] }.ToArray());
        var bytes = Segment.Write(LogName.Parse($"{VectorKeys.Names.First()}/chat"), 1, [entry], default);

        Assert.Equal(SegmentFault.EntryTooLarge, Segment.TryParse(bytes, new SegmentLimits { EntryBytes = 1000 }, out _));
    }

    [Fact]
    public void The_longest_segment_within_the_limits_is_no_longer_than_promised()
    {
        var limits = new SegmentLimits { Entries = 16, EntryBytes = EntryHeader.MaxSize, SegmentBytes = 16 * EntryHeader.MaxSize };
        var header = new EntryHeader { Id = new byte[EntryHeader.MaxSize - 4] }.ToArray();
        var entries = Enumerable.Repeat(Entry.At(new Cid(CidKind.Swarm, default), default, long.MaxValue, header), limits.Entries).ToArray();

        var bytes = Segment.Write(LogName.Parse($"{VectorKeys.Names.First()}/{new string('x', Topic.MaxLength)}"), long.MaxValue - 16, entries, default);

        Assert.Equal(SegmentFault.None, Segment.TryParse(bytes, limits, out _));
        Assert.InRange(bytes.Length, limits.SegmentBytes, Segment.MaxLength(limits));
    }

    [Fact]
    public void What_is_forgotten_cannot_be_uploaded() => Assert.Throws<ArgumentException>(() =>
        Segment.Write(LogName.Parse($"{VectorKeys.Names.First()}/chat"), 1, [Entry.Forgotten(default, 5)], default));

    private static SegmentFault ParseOf(SegmentLimits limits, params byte[][] entries) => Segment.TryParse(
        Segment.Write(LogName.Parse($"{VectorKeys.Names.First()}/chat"), 1, [.. entries.Select(data => Entry.Embedded(data))], default), limits, out _);

    private static bool OfTheSameContent(Entry one, Entry other) =>
        Same.Bytes(one.Header, other.Header) && one.DataDigest == other.DataDigest && one.Data.HasValue == other.Data.HasValue
        && one.Address?.Kind == other.Address?.Kind && (one.Data is null || one.Size == other.Size);

    public sealed record SegmentVector(
        string Name, byte[] Bytes, string Owner, string Topic, long First, long Last, byte[] Before, byte[] Link, byte[] Signature, EntryVector[] Entries)
    {
        [JsonIgnore]
        public LogName Log { get; } = LogName.Parse($"{Owner}/{Topic}");

        public bool Holds(Segment segment) => Checkpoint.Verify(Log, segment.Last, Chain.Extend(new Digest(Before), [.. segment.Entries]), segment.Signature);
    }

    public sealed record ForgedVector(string Name, byte[] Bytes, byte[] Before);

    private sealed record SegmentFile(SegmentVector[] Good, BadBytes[] Bad, ForgedVector[] Forged);
}
