using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using RemoteLog.Protocol.Wire;

namespace RemoteLog.Protocol;

/// <summary>The evidence kept against an owner, as one message.</summary>
public static class ForkList
{
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out IReadOnlyList<Fork>? forks)
    {
        forks = null;
        if (!ProtobufMessage.TryParse<Messages.ForkList>(Messages.ForkList.Descriptor, bytes, out var message)) return false;

        var parsed = new List<Fork>(message.Forks.Count);
        foreach (var item in message.Forks)
        {
            if (!MessageFields.TryFork(item, out var fork)) return false;
            parsed.Add(fork);
        }
        forks = parsed;
        return true;
    }

    public static byte[] ToArray(IEnumerable<Fork> forks)
    {
        var message = new Messages.ForkList();
        foreach (var fork in forks) message.Forks.Add(fork.ToMessage());
        return message.ToByteArray();
    }
}
