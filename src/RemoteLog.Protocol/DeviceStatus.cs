using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using RemoteLog.Protocol.Wire;

namespace RemoteLog.Protocol;

/// <summary>How a device stands with the service. Only the device itself is told.</summary>
/// <param name="Device">The device's key.</param>
/// <param name="Number">Of the newest statement accepted: the next one's must be higher.</param>
/// <param name="Channel">How hints come; empty: the device is not registered.</param>
/// <param name="Confirmed">Whether the device returned the token: no hint about a log comes before.</param>
/// <param name="PullMinutes">How often it is told to pull when nothing else did; 0: never.</param>
/// <param name="Follows">The tags of the logs it follows, in no order.</param>
public sealed record DeviceStatus(Owner Device, long Number, string Channel, bool Confirmed, int PullMinutes, IReadOnlyList<HintTag> Follows)
{
    /// <summary>Reads the protobuf form.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out DeviceStatus? status)
    {
        status = null;
        if (!ProtobufMessage.TryParse<Messages.DeviceStatus>(Messages.DeviceStatus.Descriptor, bytes, out var message)
            || message.Number > long.MaxValue || message.PullMinutes > int.MaxValue || !Owner.TryParse(message.Device, out var device)
            || message.Follows.Any(tag => tag.Length != HintTag.Size))
        {
            return false;
        }
        status = new DeviceStatus(
            device, (long)message.Number, message.Channel, message.Confirmed, (int)message.PullMinutes,
            [.. message.Follows.Select(tag => new HintTag(tag.Span))]);
        return true;
    }

    /// <summary>The protobuf form.</summary>
    public byte[] ToArray()
    {
        var message = new Messages.DeviceStatus
        {
            Device = Device.Name,
            Number = (ulong)Number,
            Channel = Channel,
            Confirmed = Confirmed,
            PullMinutes = (uint)PullMinutes,
        };
        message.Follows.Add(Follows.Select(tag => ByteString.CopyFrom(tag.ToArray())));
        return message.ToByteArray();
    }
}
