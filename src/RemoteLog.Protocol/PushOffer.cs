using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using RemoteLog.Protocol.Wire;

namespace RemoteLog.Protocol;

/// <summary>How a service can wake devices.</summary>
/// <param name="VapidPublicKey">What a browser subscribes with: base64url of the P-256 point; empty where there is no Web Push.</param>
/// <param name="Channels">Names of the channels that a device may register for.</param>
public sealed record PushOffer(string VapidPublicKey, IReadOnlyList<string> Channels)
{
    /// <summary>No hints at all.</summary>
    public static readonly PushOffer None = new(string.Empty, []);

    /// <summary>Reads the protobuf form.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out PushOffer? offer)
    {
        var read = ProtobufMessage.TryParse<Messages.PushOffer>(Messages.PushOffer.Descriptor, bytes, out var message);
        offer = read ? new PushOffer(message!.VapidPublicKey, [.. message.Channels]) : null;
        return read;
    }

    /// <summary>The protobuf form.</summary>
    public byte[] ToArray()
    {
        var message = new Messages.PushOffer { VapidPublicKey = VapidPublicKey };
        message.Channels.Add(Channels);
        return message.ToByteArray();
    }
}
