using RemoteLog.Protocol.Mvds;

namespace RemoteLog.Protocol.Tests;

public sealed class MvdsTests
{
    private static readonly MvdsFile File = VectorFile.Read<MvdsFile>("mvds");

    public static IEnumerable<TheoryDataRow<PayloadVector>> Payloads => VectorFile.Rows(File.Payloads, vector => vector.Name);

    public static IEnumerable<TheoryDataRow<BadBytes>> Bad => VectorFile.Rows(File.Bad, vector => vector.Because);

    [Fact]
    public void A_message_has_the_identifier_of_its_vector() => Assert.All(File.Ids, vector => Assert.Equal(vector.Id, vector.ToMessage().GetId().Span));

    [Theory, MemberData(nameof(Payloads))]
    public void A_payload_is_read_in_its_numbering_and_written_in_the_spec_s(PayloadVector vector)
    {
        Assert.True(MvdsPayload.TryParse(vector.Bytes, out var payload));

        Assert.True(Same.Payloads(vector.ToPayload(), payload));
        Assert.Equal(vector.Canonical, payload.ToArray());
        Assert.Equal(vector.Canonical, vector.ToPayload().ToArray());
        Assert.Equal(vector.Messages.Select(message => Convert.ToHexString(message.Id)), payload.Messages.Select(message => Convert.ToHexString(message.GetId().Span)));
    }

    [Theory, MemberData(nameof(Bad))]
    public void What_is_no_payload_is_refused(BadBytes vector)
    {
        Assert.False(MvdsPayload.TryParse(vector.Bytes, out var payload));
        Assert.Null(payload);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void A_message_with_a_group_id_of_another_length_has_no_identifier(int length) =>
        Assert.Throws<InvalidOperationException>(() => new MvdsMessage(new byte[length], 0, default).GetId());

    [Fact]
    public void Every_payload_is_read_as_it_was_written() =>
        Any.ForEach(Any.MvdsPayload, payload => MvdsPayload.TryParse(payload.ToArray(), out var read) && Same.Payloads(payload, read));

    // A payload has no signature of its own: it travels as the data of an entry, whose digest is in the chain. A cut one has fewer items, all of them whole.
    [Fact]
    public void A_payload_cut_short_is_refused_or_has_only_whole_items() => Any.ForEachCut(Any.MvdsPayload, payload => payload.ToArray(), (payload, bytes) =>
        !MvdsPayload.TryParse(bytes, out var cut) || Same.Payloads(FirstOf(payload, cut), cut));

    private static MvdsPayload FirstOf(MvdsPayload payload, MvdsPayload cut) => new()
    {
        Acks = [.. payload.Acks.Take(cut.Acks.Count)],
        Offers = [.. payload.Offers.Take(cut.Offers.Count)],
        Requests = [.. payload.Requests.Take(cut.Requests.Count)],
        Messages = [.. payload.Messages.Take(cut.Messages.Count)],
    };

    public sealed record MessageVector(byte[] GroupId, long Timestamp, byte[] Body, byte[][] Parents, bool Ephemeral, byte[] Id)
    {
        public MvdsMessage ToMessage() => new(GroupId, Timestamp, Body) { Parents = [.. Parents.Select(parent => (ReadOnlyMemory<byte>)parent)], Ephemeral = Ephemeral };
    }

    public sealed record PayloadVector(string Name, byte[] Bytes, byte[][] Acks, byte[][] Offers, byte[][] Requests, MessageVector[] Messages, byte[] Canonical)
    {
        public MvdsPayload ToPayload() => new()
        {
            Acks = [.. Acks.Select(id => (ReadOnlyMemory<byte>)id)],
            Offers = [.. Offers.Select(id => (ReadOnlyMemory<byte>)id)],
            Requests = [.. Requests.Select(id => (ReadOnlyMemory<byte>)id)],
            Messages = [.. Messages.Select(message => message.ToMessage())],
        };
    }

    private sealed record MvdsFile(MessageVector[] Ids, PayloadVector[] Payloads, BadBytes[] Bad);
}
