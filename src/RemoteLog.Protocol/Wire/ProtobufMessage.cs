using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace RemoteLog.Protocol.Wire;

/// <summary>
/// Google's parser for a stranger's bytes. Google.Protobuf 3.25 adds the length of an embedded message to its position without minding the overflow:
/// ten bytes can make it read past its buffer or ask for two gigabytes. So all lengths are held against what is really there first.
/// </summary>
internal static class ProtobufMessage
{
    /// <summary>Reads a message of the descriptor's type, as strict about numbers and groups as <see cref="WireReader"/>. Unknown fields are dropped.</summary>
    public static bool TryParse<T>(MessageDescriptor descriptor, ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out T? message) where T : class, IMessage
    {
        message = null;
        if (!IsSound(descriptor, bytes)) return false;
        try
        {
            message = (T)descriptor.Parser.WithDiscardUnknownFields(true).ParseFrom(bytes);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
    }

    // None of the messages contains its own kind, so this goes no deeper than they do.
    private static bool IsSound(MessageDescriptor descriptor, ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        for (var field = reader.NextField(); field != 0; field = reader.NextField())
        {
            if (descriptor.FindFieldByNumber(field) is not { FieldType: FieldType.Message } embedded) reader.Skip();
            else if (!IsSound(embedded.MessageType, bytes[reader.Bytes()])) return false;
        }
        return !reader.Failed;
    }
}
