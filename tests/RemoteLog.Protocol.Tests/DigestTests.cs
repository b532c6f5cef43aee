namespace RemoteLog.Protocol.Tests;

public sealed class DigestTests
{
    private const string Text = "042ee5571077b208cedf5314b4b7941d5c16b192d028e8bdbee8fac2e08c4f04";

    [Fact]
    public void Every_digest_is_read_from_its_text() => Any.ForEach(Any.Digest, digest => Digest.TryParse(digest.ToString(), out var read) && read == digest);

    [Fact]
    public void The_case_of_the_digits_does_not_matter()
    {
        Assert.True(Digest.TryParse(Text.ToUpperInvariant(), out var digest));
        Assert.Equal(Text, digest.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("042ee557")]
    [InlineData(Text + "00")]
    [InlineData(Text + "0")]
    [InlineData("0x" + Text)]
    [InlineData(" " + Text)]
    [InlineData("x42ee5571077b208cedf5314b4b7941d5c16b192d028e8bdbee8fac2e08c4f04")]
    [InlineData("042ee5571077b208cedf5314b4b7941d5c16b192d028e8bdbee8fac2e08c4f0x")]
    [InlineData("042ee5571077b208cedf5314b4b7941d5c16b192d028e8bdbee8fac2e08c4f")]
    [InlineData("042ee5571077b208cedf5314b4b7941d5c16b192d028e8bdbee8fac2e08c4f0")]
    [InlineData("042ee5571077b208cedf5314b4b7941d5c16b192d028e8bdbee8fac2e08c4f0\uff14")]
    public void Anything_but_64_hexadecimal_digits_is_refused(string text)
    {
        Assert.False(Digest.TryParse(text, out var digest));
        Assert.Equal(default, digest);
    }
}
