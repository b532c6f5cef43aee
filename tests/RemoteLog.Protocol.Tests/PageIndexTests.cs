namespace RemoteLog.Protocol.Tests;

public sealed class PageIndexTests
{
    private static readonly IndexPart Vectors = VectorFile.Read<PageFile>("pages").Index;

    public static IEnumerable<TheoryDataRow<BadBytes>> Bad => VectorFile.Rows(Vectors.Bad, vector => vector.Because);

    [Fact]
    public void An_index_is_read_and_written_as_its_vector() => Assert.All(Vectors.Good, vector =>
    {
        Assert.True(PageIndex.TryParse(vector.Bytes, out var index));

        Assert.Equal(vector.Pages.Select(page => (page.First, page.Last, Convert.ToHexString(page.Address), page.Size)),
            index.Pages.Select(page => (page.First, page.Last, Convert.ToHexString(page.Address.ToArray()), page.Size)));
        Assert.Equal(vector.More, index.More);
        Assert.Equal(vector.Bytes, index.ToArray());
    });

    [Theory, MemberData(nameof(Bad))]
    public void What_is_no_index_is_refused(BadBytes vector)
    {
        Assert.False(PageIndex.TryParse(vector.Bytes, out var index));
        Assert.Null(index);
    }

    [Fact]
    public void Every_index_is_read_as_it_was_written() =>
        Any.ForEach(Any.PageIndex, index => PageIndex.TryParse(index.ToArray(), out var read) && read.More == index.More && read.Pages.SequenceEqual(index.Pages));

    // Cut at a field's end an index is valid protobuf: it then lists fewer pages, as a backend that withholds some could. The pages themselves are signed.
    [Fact]
    public void An_index_cut_short_is_refused_or_has_only_whole_records() => Any.ForEachCut(Any.PageIndex, index => index.ToArray(), (index, bytes) =>
        !PageIndex.TryParse(bytes, out var cut) || (!cut.More && cut.Pages.SequenceEqual(index.Pages.Take(cut.Pages.Count))));

    public sealed record IndexVector(byte[] Bytes, PageVector[] Pages, bool More);

    public sealed record PageVector(long First, long Last, byte[] Address, long Size);

    private sealed record PageFile(IndexPart Index);

    private sealed record IndexPart(IndexVector[] Good, BadBytes[] Bad);
}
