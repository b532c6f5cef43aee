using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using RemoteLog.Protocol.Wire;

namespace RemoteLog.Protocol;

/// <summary>The owner's word that their log has this link at this sequence: everything up to it is settled by one signature.</summary>
public sealed record Checkpoint(LogName Log, long Sequence, Digest Link, Signature Signature)
{
    /// <summary>The text that owners sign.</summary>
    public static byte[] Text(LogName log, long sequence, in Digest link) =>
        Statement.Of("checkpoint", log.Owner.Name, log.Topic.Value, sequence.ToString(), Statement.Field(link));

    /// <summary>Whether the owner signed this link at this sequence.</summary>
    public static bool Verify(LogName log, long sequence, in Digest link, in Signature signature) =>
        log.Owner.Verify(Text(log, sequence, link), signature);

    /// <summary>Whether the owner signed it.</summary>
    public bool Verify() => Verify(Log, Sequence, Link, Signature);

    /// <summary>Reads the protobuf form; whether it is signed is for <see cref="Verify()"/>.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Checkpoint? checkpoint)
    {
        checkpoint = null;
        return ProtobufMessage.TryParse<Messages.Checkpoint>(Messages.Checkpoint.Descriptor, bytes, out var message)
            && MessageFields.TryCheckpoint(message, out checkpoint);
    }

    /// <summary>The protobuf form.</summary>
    public byte[] ToArray() => MessageFields.Of(this).ToByteArray();
}
