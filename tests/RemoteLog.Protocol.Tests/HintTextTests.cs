using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace RemoteLog.Protocol.Tests;

public sealed class HintTextTests
{
    private static readonly HintTag Tag = new(Enumerable.Range(0, 16).Select(at => (byte)at).ToArray());

    [Fact]
    public void A_hint_is_written_as_devices_expect_it()
    {
        var text = HintText.Write(new Hint([new MovedTag(Tag, 7)], More: false, "abc"));

        Assert.Equal("""{"v":1,"e":[["AAECAwQFBgcICQoLDA0ODw",7]],"m":false,"t":"abc"}""", Encoding.UTF8.GetString(text));
    }

    [Fact]
    public void Every_hint_is_read_as_it_was_written_and_as_long_as_any_other() => Prop.ForAll<(NonNegativeInt[] Sequences, bool More, bool HasToken)>(given =>
    {
        var moved = given.Sequences.Take(HintText.MaxMoved).Select((sequence, at) => new MovedTag(TagOf(at), long.MaxValue - sequence.Get)).ToList();
        var hint = new Hint(moved, given.More, given.HasToken ? new string('x', HintText.MaxToken) : null);
        var padded = new byte[HintText.Size];
        HintText.WritePadded(hint, padded);

        return HintText.TryRead(padded, out var read) && read.Moved.SequenceEqual(hint.Moved) && read.More == hint.More && read.Token == hint.Token
            && HintText.TryRead(HintText.Write(hint), out _);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Of_more_than_eight_tags_the_latest_are_told_and_that_there_are_others()
    {
        var moved = Enumerable.Range(0, 9).Select(at => new MovedTag(TagOf(at), at)).ToList();

        Assert.True(HintText.TryRead(HintText.Write(new Hint(moved, More: false)), out var hint));

        Assert.Equal(moved.Take(8), hint.Moved);
        Assert.True(hint.More);
    }

    [Theory]
    [InlineData("""{"v":2,"e":[],"m":false}""")]
    [InlineData("""{"v":"1","e":[],"m":false}""")]
    [InlineData("""{"v":1.0,"e":[],"m":false}""")]
    [InlineData("""{"e":[],"m":false}""")]
    [InlineData("""{"v":1,"m":false}""")]
    [InlineData("""{"v":1,"e":[]}""")]
    [InlineData("""{"v":1,"v":1,"e":[],"m":false}""")]
    [InlineData("""{"v":1,"e":[],"e":[],"m":false}""")]
    [InlineData("""{"v":1,"e":[],"m":false,"m":true}""")]
    [InlineData("""{"v":1,"e":[],"m":0}""")]
    [InlineData("""{"v":1,"e":[],"m":null}""")]
    [InlineData("""{"v":1,"e":null,"m":false}""")]
    [InlineData("""{"v":1,"e":{},"m":false}""")]
    [InlineData("""{"v":1,"e":[["AAECAwQFBgcICQoLDA0ODw",-1]],"m":false}""")]
    [InlineData("""{"v":1,"e":[["AAECAwQFBgcICQoLDA0ODw",1.5]],"m":false}""")]
    [InlineData("""{"v":1,"e":[["AAECAwQFBgcICQoLDA0ODw",9223372036854775808]],"m":false}""")]
    [InlineData("""{"v":1,"e":[["AAECAwQFBgcICQoLDA0ODw","1"]],"m":false}""")]
    [InlineData("""{"v":1,"e":[["AAECAwQFBgcICQoLDA0ODw",1,2]],"m":false}""")]
    [InlineData("""{"v":1,"e":[["AAECAwQFBgcICQoLDA0ODw"]],"m":false}""")]
    [InlineData("""{"v":1,"e":[["AAECAwQFBgcICQoLDA0O",1]],"m":false}""")]
    [InlineData("""{"v":1,"e":[1],"m":false}""")]
    [InlineData("""{"v":1,"e":[],"m":false,"x":1}""")]
    [InlineData("""{"v":1,"e":[],"m":false,"t":""}""")]
    [InlineData("""{"v":1,"e":[],"m":false,"t":"a b"}""")]
    [InlineData("""{"v":1,"e":[],"m":false,"t":null}""")]
    [InlineData("""{"v":1,"e":[],"m":false} x""")]
    [InlineData("""{"v":1,"e":[],"m":false}{}""")]
    [InlineData("""{"v":1,"e":[],"m":false""")]
    [InlineData(""" {"v":1,"e":[],"m":false}""")]
    [InlineData("""[]""")]
    [InlineData("")]
    public void What_is_not_quite_a_hint_is_refused(string text) => Assert.False(HintText.TryRead(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void Nine_pairs_are_refused()
    {
        var pairs = string.Join(',', Enumerable.Repeat("""["AAECAwQFBgcICQoLDA0ODw",1]""", 9));

        Assert.False(HintText.TryRead(Encoding.UTF8.GetBytes($$"""{"v":1,"e":[{{pairs}}],"m":false}"""), out _));
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        byte[] bytes = [.. "{\"v\":1,\"e\":[],\"m\":false,\"t\":\""u8, 0xff, 0xfe, .. "\"}"u8];

        Assert.False(HintText.TryRead(bytes, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\"b")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    public void A_token_that_is_none_is_not_written(string token) => Assert.Throws<ArgumentException>(() => HintText.Write(new Hint([], More: false, token)));

    private static HintTag TagOf(int at) => new([.. new byte[15], (byte)at]);
}
