using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using RemoteLog.Protocol.Wire;

namespace RemoteLog.Protocol;

/// <summary>What a device returns of the first hint it got, which nobody else can read: <see cref="Hint.Token"/>.</summary>
public sealed record Confirmation(string Token)
{
    /// <summary>Reads the protobuf form.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Confirmation? confirmation)
    {
        var read = ProtobufMessage.TryParse<Messages.Confirmation>(Messages.Confirmation.Descriptor, bytes, out var message) && message.Token.Length > 0;
        confirmation = read ? new Confirmation(message!.Token) : null;
        return read;
    }

    /// <summary>The protobuf form.</summary>
    public byte[] ToArray() => new Messages.Confirmation { Token = Token }.ToByteArray();
}
