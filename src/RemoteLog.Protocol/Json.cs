using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using RemoteLog.Protocol.Wire;

namespace RemoteLog.Protocol;

/// <summary>Messages that also travel in protobuf's JSON mapping.</summary>
public enum MessageKind
{
    Segment,
    Head,
    Checkpoint,
    Page,
    PageIndex,
    ForkList,
    DeviceStatement,
    Confirmation,
    DeviceStatus,
    PushOffer,
}

/// <summary>
/// Protobuf's JSON mapping: bytes as base64, 64-bit numbers as text, names in lowerCamelCase. Bytes are the truth, so JSON is translated at the
/// edge and everything behind it sees the same bytes, whichever way they came.
/// </summary>
public static class Json
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(false));

    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(false));

    /// <summary>The JSON form of a serialized message.</summary>
    /// <exception cref="FormatException">The bytes are not such a message.</exception>
    public static string From(MessageKind kind, ReadOnlySpan<byte> bytes) =>
        ProtobufMessage.TryParse<IMessage>(DescriptorOf(kind), bytes, out var message) ? Formatter.Format(message) : throw new FormatException($"Not a {kind}.");

    /// <summary>The serialized form of a message written in JSON; false when it is not one.</summary>
    public static bool TryRead(MessageKind kind, string json, [NotNullWhen(true)] out byte[]? bytes)
    {
        try
        {
            bytes = Parser.Parse(json, DescriptorOf(kind)).ToByteArray();
            return true;
        }
        // What the library throws depends on what is wrong: its own two are IOExceptions, the rest come from number and base64 parsing.
        catch (Exception exception) when (exception is IOException or FormatException or OverflowException or ArgumentException)
        {
            bytes = null;
            return false;
        }
    }

    private static MessageDescriptor DescriptorOf(MessageKind kind) => kind switch
    {
        MessageKind.Segment => Messages.Segment.Descriptor,
        MessageKind.Head => Messages.Head.Descriptor,
        MessageKind.Checkpoint => Messages.Checkpoint.Descriptor,
        MessageKind.Page => Messages.RemoteLog.Descriptor,
        MessageKind.PageIndex => Messages.PageIndex.Descriptor,
        MessageKind.ForkList => Messages.ForkList.Descriptor,
        MessageKind.DeviceStatement => Messages.DeviceStatement.Descriptor,
        MessageKind.Confirmation => Messages.Confirmation.Descriptor,
        MessageKind.DeviceStatus => Messages.DeviceStatus.Descriptor,
        MessageKind.PushOffer => Messages.PushOffer.Descriptor,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
