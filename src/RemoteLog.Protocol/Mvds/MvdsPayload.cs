using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Google.Protobuf.Collections;
using RemoteLog.Protocol.Messages.Mvds;
using RemoteLog.Protocol.Wire;

namespace RemoteLog.Protocol.Mvds;

/// <summary>
/// What two MVDS peers exchange. Read with the field numbers of the spec (5001…, 6001…), of vacp2p/mvds (1–4) and of status-im/mvds (the spec's,
/// with offers by group); written with the spec's.
/// </summary>
public sealed record MvdsPayload
{
    public IReadOnlyList<ReadOnlyMemory<byte>> Acks { get; init; } = [];

    public IReadOnlyList<ReadOnlyMemory<byte>> Offers { get; init; } = [];

    public IReadOnlyList<ReadOnlyMemory<byte>> Requests { get; init; } = [];

    public IReadOnlyList<MvdsMessage> Messages { get; init; } = [];

    /// <summary>Reads any of the numberings. False when the bytes are no payload, or a message's group id is not 32 bytes.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out MvdsPayload? payload)
    {
        payload = null;
        if (!ProtobufMessage.TryParse<Payload>(Payload.Descriptor, bytes, out var spec)) return false;
        if (!ProtobufMessage.TryParse<CompactPayload>(CompactPayload.Descriptor, bytes, out var compact)) return false;

        // The numberings have no field in common, so each takes its own and leaves the other's.
        var read = new MvdsPayload
        {
            Acks = [.. Ids(spec.Acks), .. Ids(compact.Acks)],
            Offers = [.. Ids(spec.Offers), .. spec.NewOffers.Select(offer => offer.MessageId.Memory), .. Ids(compact.Offers)],
            Requests = [.. Ids(spec.Requests), .. Ids(compact.Requests)],
            Messages =
            [
                .. spec.Messages.Select(message => Read(message.GroupId, message.Timestamp, message.Body, message.Metadata)),
                .. compact.Messages.Select(message => Read(message.GroupId, message.Timestamp, message.Body, message.Metadata)),
            ],
        };
        if (read.Messages.Any(message => message.GroupId.Length != MvdsMessage.GroupIdSize)) return false;

        payload = read;
        return true;
    }

    /// <summary>The serialized form, with the spec's field numbers.</summary>
    public byte[] ToArray()
    {
        var payload = new Payload();
        payload.Acks.AddRange(Acks.Select(Bytes));
        payload.Offers.AddRange(Offers.Select(Bytes));
        payload.Requests.AddRange(Requests.Select(Bytes));
        payload.Messages.AddRange(Messages.Select(Write));
        return payload.ToByteArray();
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Ids(RepeatedField<ByteString> ids) => ids.Select(id => id.Memory);

    private static ByteString Bytes(ReadOnlyMemory<byte> bytes) => UnsafeByteOperations.UnsafeWrap(bytes);

    private static MvdsMessage Read(ByteString groupId, long timestamp, ByteString body, Metadata? metadata) => new(groupId.Memory, timestamp, body.Memory)
    {
        Parents = [.. Ids(metadata?.Parents ?? [])],
        Ephemeral = metadata?.Ephemeral ?? false,
    };

    private static Message Write(MvdsMessage message)
    {
        var written = new Message { GroupId = Bytes(message.GroupId), Timestamp = message.Timestamp, Body = Bytes(message.Body) };
        if (message.Parents.Count > 0 || message.Ephemeral)
        {
            written.Metadata = new Metadata { Ephemeral = message.Ephemeral };
            written.Metadata.Parents.AddRange(message.Parents.Select(Bytes));
        }
        return written;
    }
}
