namespace RemoteLog.Protocol.Tests;

public sealed class EntryHeaderTests
{
    private static readonly HeaderFile File = VectorFile.Read<HeaderFile>("entry-headers");

    public static IEnumerable<TheoryDataRow<HeaderVector>> Good => VectorFile.Rows(File.Good, vector => Convert.ToHexStringLower(vector.Bytes));

    public static IEnumerable<TheoryDataRow<BadBytes>> Bad => VectorFile.Rows(File.Bad, vector => vector.Because);

    [Theory, MemberData(nameof(Good))]
    public void A_header_says_what_its_vector_says(HeaderVector vector)
    {
        Assert.True(EntryHeader.TryParse(vector.Bytes, out var header));

        Assert.Equal(vector.Id, header.Id.ToArray());
        Assert.Equal(vector.ExpiresAt, header.ExpiresAt?.ToUnixTimeMilliseconds());
        Assert.Equal(vector.Parents, header.Parents.Select(parent => parent.ToArray()));
        Assert.Equal(vector.Canonical, header.ToArray().AsSpan().SequenceEqual(vector.Bytes));
    }

    [Theory, MemberData(nameof(Bad))]
    public void Bad_bytes_are_refused(BadBytes vector) => Assert.False(EntryHeader.TryParse(vector.Bytes, out _));

    [Fact]
    public void Every_header_is_read_as_it_was_written() => Any.ForEach(Any.Header, header =>
        EntryHeader.TryParse(header.ToArray(), out var read) && Same.Headers(header, read) && read.ToArray().AsSpan().SequenceEqual(header.ToArray()));

    // At a field's end a cut is valid protobuf, and may even be the same header (an empty last field): then the chain tells.
    [Fact]
    public void A_header_cut_short_is_refused_or_has_another_link() => Any.ForEachCut(Any.Header, header => header.ToArray(), (header, cut) =>
        !EntryHeader.TryParse(cut, out _) || Chain.Extend(default, [Entry.Embedded(default, cut)]) != Chain.Extend(default, [Entry.Embedded(default, header.ToArray())]));

    [Fact]
    public void A_header_longer_than_allowed_is_refused_before_it_is_read()
    {
        var longest = new EntryHeader { Id = new byte[EntryHeader.MaxSize - 3] }.ToArray();
        var tooLong = new EntryHeader { Id = new byte[EntryHeader.MaxSize - 2] }.ToArray();

        Assert.Equal(EntryHeader.MaxSize, longest.Length);
        Assert.True(EntryHeader.TryParse(longest, out _));
        Assert.False(EntryHeader.TryParse(tooLong, out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(-62135596800000)]
    public void An_expiry_at_or_before_the_epoch_stays_an_expiry(long milliseconds)
    {
        var bytes = new EntryHeader { ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) }.ToArray();

        Assert.True(EntryHeader.TryParse(bytes, out var header));
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1), header.ExpiresAt);
    }

    [Fact]
    public void An_entry_is_identified_by_its_header_or_else_by_its_data()
    {
        var named = Entry.Embedded("data"u8.ToArray(), new EntryHeader { Id = new byte[] { 1, 2, 3 } }.ToArray());
        var unnamed = Entry.Embedded("data"u8.ToArray(), new EntryHeader { ExpiresAt = DateTimeOffset.MaxValue }.ToArray());

        Assert.Equal([1, 2, 3], named.GetId().ToArray());
        Assert.Equal(Digest.Of("data"u8).Span, unnamed.GetId().Span);
    }

    public sealed record HeaderVector(byte[] Bytes, byte[] Id, long? ExpiresAt, byte[][] Parents, bool Canonical);

    private sealed record HeaderFile(HeaderVector[] Good, BadBytes[] Bad);
}
