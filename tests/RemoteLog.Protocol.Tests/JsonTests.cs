using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;

namespace RemoteLog.Protocol.Tests;

public sealed class JsonTests
{
    public static TheoryData<MessageKind> Kinds => [.. Enum.GetValues<MessageKind>()];

    public static TheoryData<string> Rubbish =>
    [
        "", " ", "nul", "null", "true", "1", "\"text\"", "[]", "[{}]", "{", "}", "{}{}", "{} x", "{,}", "{\"a\"}", "{'first':1}", "\ufeff{}",
        """{"unknown":1}""", """{"Owner":"a"}""", """{"first":1,}""", """{"@type":"type.googleapis.com/remotelog.v1.Segment"}""",
        """{"owner":1}""", """{"owner":["a"]}""", """{"owner":"\ud800"}""", """{"owner":"\u12"}""", "{\"owner\":\"\ud800\"}", "{\"owner\":\"\n\"}",
        """{"signature":1}""", """{"signature":"!"}""", """{"signature":"A"}""", """{"signature":"AA=A"}""", """{"signature":[1,2]}""",
        """{"entries":{}}""", """{"entries":[1]}""", """{"entries":[null]}""", """{"entries":"AA=="}""", """{"pair":[[]]}""", """{"pages":7}""", """{"forks":{"kept":{}}}""",
        """{"first":-1}""", """{"first":1.5}""", """{"first":1e400}""", """{"first":1e20}""", """{"first":"18446744073709551616"}""", """{"first":"one"}""",
        """{"first":NaN}""", """{"first":"NaN"}""", """{"first":Infinity}""", """{"first":01}""", """{"first":0x1}""", """{"first":{}}""", """{"first":true}""",
        """{"sequence":-1}""", """{"sequence":1e400}""", """{"more":"yes"}""", """{"more":1}""",
    ];

    [Theory, MemberData(nameof(Kinds))]
    public void A_message_comes_back_from_json_byte_for_byte(MessageKind kind) => Any.ForEach(Valid(kind), bytes =>
        Json.TryRead(kind, Json.From(kind, bytes), out var read) && read.AsSpan().SequenceEqual(bytes));

    [Theory, MemberData(nameof(Rubbish))]
    public void Rubbish_is_no_message_of_any_kind(string json)
    {
        foreach (var kind in Enum.GetValues<MessageKind>())
        {
            Assert.False(Json.TryRead(kind, json, out var bytes), kind.ToString());
            Assert.Null(bytes);
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Deep_nesting_is_refused(MessageKind kind)
    {
        const int Depth = 100_000;
        string[] deep =
        [
            new string('[', Depth), string.Concat(Enumerable.Repeat("""{"a":""", Depth)), string.Concat(Enumerable.Repeat("""{"entries":[""", Depth)),
            """{"entries":""" + new string('[', Depth), string.Concat(Enumerable.Repeat("""{"pair":[""", Depth)), string.Concat(Enumerable.Repeat("""{"forks":[{"kept":""", Depth)),
        ];

        Assert.All(deep, json => Assert.False(Json.TryRead(kind, json, out _)));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_number_of_a_million_digits_is_refused(MessageKind kind) =>
        Assert.All(["first", "sequence", "pages"], field => Assert.False(Json.TryRead(kind, $"{{\"{field}\":{new string('9', 1_000_000)}}}", out _)));

    [Theory, MemberData(nameof(Kinds))]
    public void Damaged_json_is_read_or_refused_without_an_exception(MessageKind kind)
    {
        var damaged = Any.Damaged(Valid(kind).Select(bytes => Encoding.UTF8.GetBytes(Json.From(kind, bytes))));

        Any.ForEach(damaged, json => Json.TryRead(kind, Encoding.Latin1.GetString(json), out _) || true);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Bytes_that_are_no_message_have_no_json(MessageKind kind) => Assert.Throws<FormatException>(() => Json.From(kind, [0xff]));

    [Fact]
    public void A_segment_in_json_has_the_names_and_forms_of_protobuf_s_mapping()
    {
        var (header, data) = (new EntryHeader { Id = new byte[] { 1 } }.ToArray(), "data"u8.ToArray());
        var address = Cid.Of(data);
        var bytes = Segment.Write(
            LogName.Parse($"{VectorKeys.Names.First()}/chat"), long.MaxValue - 2, [Entry.Embedded(data, header), Entry.At(address, address.Hash, 4)], default);

        var json = JsonNode.Parse(Json.From(MessageKind.Segment, bytes))!;

        var expected = JsonNode.Parse($$"""
            {
              "owner": "{{VectorKeys.Names.First()}}", "topic": "chat", "first": "9223372036854775805",
              "entries": [
                { "header": "{{Convert.ToBase64String(header)}}", "data": "ZGF0YQ==" },
                { "address": "{{Convert.ToBase64String(address.ToArray())}}", "digest": "{{Convert.ToBase64String(address.Hash.Span)}}", "size": "4" }
              ],
              "signature": "{{Convert.ToBase64String(new byte[64])}}"
            }
            """);
        Assert.True(JsonNode.DeepEquals(expected, json), json.ToJsonString());
    }

    [Fact]
    public void Numbers_may_be_written_as_numbers_and_bytes_as_base64_only()
    {
        Assert.True(Json.TryRead(MessageKind.Segment, """{"first":7,"signature":"+/8="}""", out var bytes));
        Assert.Equal([0x18, 7, 0x2a, 2, 0xfb, 0xff], bytes);
        Assert.False(Json.TryRead(MessageKind.Segment, """{"first":7,"signature":"-_8="}""", out _));
    }

    private static Gen<byte[]> Valid(MessageKind kind) => kind switch
    {
        MessageKind.Segment => Any.SegmentRun.Select(run => run.ToSegment()),
        MessageKind.Head => Any.Head.Select(head => head.ToArray()),
        MessageKind.Checkpoint => Any.Checkpoint.Select(checkpoint => checkpoint.ToArray()),
        MessageKind.Page => Any.PageRun.Select(run => run.ToPage()),
        MessageKind.PageIndex => Any.PageIndex.Select(index => index.ToArray()),
        MessageKind.DeviceStatement => Any.DeviceStatement.Select(statement => statement.ToArray()),
        MessageKind.Confirmation => Any.Bytes.Select(bytes => new Confirmation(Convert.ToHexString(bytes)).ToArray()),
        MessageKind.DeviceStatus => Any.DeviceStatus.Select(status => status.ToArray()),
        MessageKind.PushOffer => Any.PushOffer.Select(offer => offer.ToArray()),
        _ => Any.Fork.ListOf().Select(ForkList.ToArray),
    };
}
