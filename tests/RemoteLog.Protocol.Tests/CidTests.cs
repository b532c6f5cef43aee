using FsCheck.Fluent;

namespace RemoteLog.Protocol.Tests;

public sealed class CidTests
{
    private static readonly CidFile File = VectorFile.Read<CidFile>("cids");

    public static IEnumerable<TheoryDataRow<GoodCid>> Good => VectorFile.Rows(File.Good, cid => cid.Text);

    public static IEnumerable<TheoryDataRow<BadText>> BadTexts => VectorFile.Rows(File.BadText, cid => cid.Reason);

    public static IEnumerable<TheoryDataRow<BadBytes>> BadByteForms => VectorFile.Rows(File.BadBytes, cid => cid.Because);

    [Theory, MemberData(nameof(Good))]
    public void An_address_has_the_bytes_and_the_text_of_its_vector(GoodCid vector)
    {
        var cid = new Cid(vector.Kind == "swarm" ? CidKind.Swarm : CidKind.Sha256, new Digest(vector.Hash));

        Assert.Equal(vector.Bytes, cid.ToArray());
        Assert.Equal(vector.Bytes.Length, cid.Size);
        Assert.Equal(vector.Text, cid.ToString());
        Assert.True(Cid.TryRead(vector.Bytes, out var read));
        Assert.Equal(cid, read);
        Assert.Equal(cid, Cid.Parse(vector.Text));
        if (vector.Content is not null) Assert.Equal(cid, Cid.Of(vector.Content));
    }

    [Theory, MemberData(nameof(BadTexts))]
    public void A_bad_text_is_refused(BadText vector)
    {
        Assert.False(Cid.TryParse(vector.Text, out _));
        Assert.Throws<FormatException>(() => Cid.Parse(vector.Text));
    }

    [Theory, MemberData(nameof(BadByteForms))]
    public void Bad_bytes_are_refused(BadBytes vector) => Assert.False(Cid.TryRead(vector.Bytes, out _));

    [Fact]
    public void Every_address_is_read_from_its_bytes_and_its_text() => Any.ForEach(Any.Cid, cid =>
        Cid.TryRead(cid.ToArray(), out var fromBytes) && fromBytes == cid && Cid.TryParse(cid.ToString(), out var fromText) && fromText == cid);

    [Fact]
    public void An_address_cut_short_or_padded_is_refused() => Any.ForEach(Any.Cid, cid =>
    {
        var (bytes, text) = (cid.ToArray(), cid.ToString());
        return !Enumerable.Range(0, bytes.Length).Any(length => Cid.TryRead(bytes.AsSpan(0, length), out _))
            && !Enumerable.Range(0, text.Length).Any(length => Cid.TryParse(text[..length], out _))
            && !Cid.TryRead([.. bytes, 0], out _) && !Cid.TryParse(text + 'a', out _);
    });

    [Fact]
    public void No_two_texts_are_the_same_address()
    {
        var text = File.Good[0].Text;

        for (var i = 0; i < text.Length; i++)
        {
            for (var letter = '\0'; letter < 0x180; letter++)
            {
                if (letter != text[i] && Cid.TryParse(text[..i] + letter + text[(i + 1)..], out var other)) Assert.NotEqual(Cid.Parse(text), other);
            }
        }
    }

    [Fact]
    public void Any_text_is_read_or_refused_without_an_exception() => Any.ForEach(
        Gen.Choose(0, char.MaxValue).ArrayOf().Select(letters => string.Concat(letters.Select(letter => (char)letter))),
        text => !Cid.TryParse('b' + text, out _));

    public sealed record GoodCid(string Kind, byte[]? Content, byte[] Hash, byte[] Bytes, string Text);

    public sealed record BadText(string Text, string Reason);

    private sealed record CidFile(GoodCid[] Good, BadText[] BadText, BadBytes[] BadBytes);
}
