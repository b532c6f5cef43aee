using System.Text.Json.Serialization;
using FsCheck.Fluent;

namespace RemoteLog.Protocol.Tests;

public sealed class PageTests
{
    private static readonly PageFile File = VectorFile.Read<PageFile>("pages");

    public static IEnumerable<TheoryDataRow<PageVector>> Good => VectorFile.Rows(File.Good, vector => vector.Name);

    public static IEnumerable<TheoryDataRow<ExtendedVector>> Extended => VectorFile.Rows(File.Extended, vector => vector.Name);

    public static IEnumerable<TheoryDataRow<BadBytes>> Bad => VectorFile.Rows(File.Bad, vector => vector.Because);

    [Theory, MemberData(nameof(Good))]
    public void A_page_says_what_its_vector_says_and_its_signature_holds(PageVector vector)
    {
        Assert.True(Page.TryParse(vector.Bytes, out var page));

        Assert.Equal((vector.Owner, vector.Topic, vector.First, vector.Last), (page.Owner, page.Topic, page.First, page.Last));
        Assert.Equal(vector.Before, page.Before.Span);
        Assert.Equal(vector.Link, page.Link.Span);
        Assert.Equal(vector.Signature, page.Signature.Span);
        Assert.Equal(vector.Tail, page.Tail?.ToArray());
        Assert.True(page.IsOf(vector.Log));
        Assert.True(Same.Lists([.. vector.Entries.Select(entry => entry.ToEntry())], page.Entries, Same.Entries));
        Assert.Equal(vector.Entries.Select(entry => entry.Id), page.Entries.Select(entry => entry.GetId().ToArray()));
        Assert.True(page.CheckpointOf(vector.Log).Verify());
        Assert.Equal(vector.Cid, Cid.Of(vector.Bytes).ToString());
    }

    [Theory, MemberData(nameof(Good))]
    public void A_page_is_written_byte_for_byte_as_its_vector(PageVector vector)
    {
        Cid? tail = vector.Tail is { } address && Cid.TryRead(address, out var cid) ? cid : null;
        var rest = vector.Entries.Select(entry => entry.ToEntry()).ToArray();

        foreach (var block in vector.Blocks)
        {
            var entries = Page.ReadBlock(block);
            Assert.Equal(block, Page.Block([.. rest.Take(entries.Count)]));
            rest = [.. rest.Skip(entries.Count)];
        }
        Assert.Empty(rest);
        Assert.Equal(vector.Trailer, Page.Trailer(vector.Log, vector.First, new Digest(vector.Before), vector.Last, new Signature(vector.Signature), tail));
        Assert.Equal(vector.Bytes, vector.Blocks.Reverse().Append(vector.Trailer).SelectMany(part => part));
    }

    [Theory, MemberData(nameof(Extended))]
    public void A_page_of_a_later_version_is_read_for_what_is_known(ExtendedVector vector)
    {
        Assert.True(Page.TryParse(vector.Bytes, out var page));
        Assert.Equal(vector.Link, page.Link.Span);
    }

    [Theory, MemberData(nameof(Bad))]
    public void What_is_no_page_is_refused(BadBytes vector)
    {
        Assert.False(Page.TryParse(vector.Bytes, out var page));
        Assert.Null(page);
    }

    [Fact]
    public void Every_page_is_read_as_it_was_written() => Any.ForEach(Any.PageRun, run =>
        Page.TryParse(run.ToPage(), out var page)
        && page.IsOf(run.Log) && page.First == run.First && page.Last == run.Last && page.Before == run.Before
        && page.Signature == run.Signature && page.Tail == run.Tail && Same.Lists(run.Entries, page.Entries, Same.Entries)
        && new Run(run.Log, page.First, [.. page.Entries], page.Before, page.Signature, page.Tail).ToPage().AsSpan().SequenceEqual(run.ToPage()));

    [Fact]
    public void Every_block_is_read_as_it_was_written() => Any.ForEach(Any.PageRun, run => Same.Lists(run.Entries, Page.ReadBlock(Page.Block(run.Entries)), Same.Entries));

    [Fact]
    public void A_damaged_block_is_an_exception_for_it_comes_from_our_own_store()
    {
        var block = Page.Block([Entry.Embedded("data"u8.ToArray())]);

        Assert.Throws<FormatException>(() => Page.ReadBlock(block.AsMemory(0, block.Length - 1)));
        Assert.Throws<FormatException>(() => Page.ReadBlock((byte[])[.. block, 0]));
    }

    // The signature is written last, so whatever is cut off is missing from it.
    [Fact]
    public void A_page_cut_short_is_refused() => Any.ForEachCut(Any.PageRun, run => run.ToPage(), (run, cut) => !Page.TryParse(cut, out _));

    [Fact]
    public void A_padded_page_is_refused_or_has_another_address() => Any.ForEach(Any.PageRun.Zip(Any.Bytes.Where(bytes => bytes.Length > 0)), padded =>
    {
        var page = padded.Item1.ToPage();
        byte[] longer = [.. page, .. padded.Item2];
        return Cid.Of(longer) != Cid.Of(page) && (!Page.TryParse(longer, out var read) || SaysTheSame(read, padded.Item1));
    });

    [Theory, MemberData(nameof(Good))]
    public void A_page_with_any_bit_flipped_has_another_address(PageVector vector)
    {
        var address = Cid.Parse(vector.Cid);

        for (var bit = 0; bit < vector.Bytes.Length * 8; bit++)
        {
            var flipped = Flip(vector.Bytes, bit);
            Assert.NotEqual(address, Cid.Of(flipped));
        }
    }

    // A page may come from anybody, under no address: then only what the signature covers counts, which is whose log it is and the content of every entry.
    [Theory, MemberData(nameof(Good))]
    public void A_page_with_any_bit_flipped_is_refused_or_says_the_same_of_the_log(PageVector vector)
    {
        Assert.True(Page.TryParse(vector.Bytes, out var original));

        for (var bit = 0; bit < vector.Bytes.Length * 8; bit++)
        {
            if (!Page.TryParse(Flip(vector.Bytes, bit), out var page) || !page.IsOf(vector.Log) || !page.CheckpointOf(vector.Log).Verify()) continue;

            Assert.Equal((original.Last, original.Link, original.First, original.Before), (page.Last, page.Link, page.First, page.Before));
            Assert.True(Same.Lists(original.Entries, page.Entries, OfTheSameContent), $"Bit {bit} can be flipped unseen.");
        }
    }

    private static byte[] Flip(byte[] bytes, int bit)
    {
        var flipped = (byte[])bytes.Clone();
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    }

    private static bool OfTheSameContent(Entry one, Entry other) => Same.Bytes(one.Header, other.Header) && one.DataDigest == other.DataDigest;

    // What can follow a page is a field of a later version, or a tail where there was none; one more pair contradicts the numbers.
    private static bool SaysTheSame(Page read, Run run) =>
        read.First == run.First && read.Before == run.Before && read.Signature == run.Signature && Same.Lists(run.Entries, read.Entries, Same.Entries);

    public sealed record PageVector(
        string Name, byte[] Bytes, string Cid, byte[][] Blocks, byte[] Trailer, string Owner, string Topic, long First, long Last, byte[] Before,
        byte[] Link, byte[] Signature, byte[]? Tail, EntryVector[] Entries)
    {
        [JsonIgnore]
        public LogName Log { get; } = LogName.Parse($"{Owner}/{Topic}");
    }

    public sealed record ExtendedVector(string Name, byte[] Bytes, byte[] Link);

    private sealed record PageFile(PageVector[] Good, ExtendedVector[] Extended, BadBytes[] Bad);
}
