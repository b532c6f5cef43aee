using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using RemoteLog.Protocol.Wire;

namespace RemoteLog.Protocol;

/// <summary>The newest checkpoint of a log, and where its data is.</summary>
public sealed record Head
{
    public required LogName Log { get; init; }

    /// <summary>Sequence of the newest entry.</summary>
    public required long Sequence { get; init; }

    public required Digest Link { get; init; }

    /// <summary>The owner's, over the checkpoint.</summary>
    public required Signature Signature { get; init; }

    /// <summary>Newest sequence that is in a page; 0 when none is.</summary>
    public long Sealed { get; init; }

    /// <summary>The newest page; null when nothing is sealed.</summary>
    public Cid? Page { get; init; }

    /// <summary>Data up to this sequence was erased at the owner's request; 0: none.</summary>
    public long Erased { get; init; }

    /// <summary>Length of all entries' data, in bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>When the newest entry was accepted, to the millisecond.</summary>
    public DateTimeOffset UpdatedAt { get; init; } = DateTimeOffset.UnixEpoch;

    /// <summary>The service's word for the newest append.</summary>
    public Receipt? Receipt { get; init; }

    public Checkpoint Checkpoint => new(Log, Sequence, Link, Signature);

    /// <summary>Reads the protobuf form. Whether its signatures hold is a separate question: <see cref="Checkpoint.Verify()"/>.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Head? head)
    {
        head = null;
        return TryRead(bytes, out var message)
            && LogName.TryParse(message.Owner, message.Topic, out var log)
            && TryBuild(message, log, signer: null, out head);
    }

    /// <summary>
    /// Reads the protobuf form of a head that should be of <paramref name="log"/>; false when it is of another. Much cheaper than finding out whose it
    /// is: the curve points behind the names need not be computed again.
    /// </summary>
    /// <param name="signer">Whoever signed the receipt, where that is known; another's name is parsed as usual.</param>
    public static bool TryParse(ReadOnlySpan<byte> bytes, LogName log, Owner? signer, [NotNullWhen(true)] out Head? head)
    {
        head = null;
        return TryRead(bytes, out var message)
            && message.Owner == log.Owner.Name && message.Topic == log.Topic.Value
            && TryBuild(message, log, signer, out head);
    }

    /// <summary>The protobuf form.</summary>
    public byte[] ToArray()
    {
        var message = new Messages.Head
        {
            Owner = Log.Owner.Name,
            Topic = Log.Topic.Value,
            Sequence = (ulong)Sequence,
            Link = ByteString.CopyFrom(Link.Span),
            Signature = ByteString.CopyFrom(Signature.Span),
            Sealed = (ulong)Sealed,
            Page = Page is { } page ? ByteString.CopyFrom(page.ToArray()) : ByteString.Empty,
            Erased = (ulong)Erased,
            Bytes = (ulong)Bytes,
            UpdatedAt = UpdatedAt.ToUnixTimeMilliseconds(),
        };
        if (Receipt is { } receipt)
        {
            message.Receipt = new Messages.Receipt
            {
                Signer = receipt.Signer.Name,
                Time = receipt.Time.ToUnixTimeMilliseconds(),
                Signature = ByteString.CopyFrom(receipt.Signature.Span),
            };
        }
        return message.ToByteArray();
    }

    private static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Messages.Head? message) =>
        ProtobufMessage.TryParse(Messages.Head.Descriptor, bytes, out message);

    private static bool TryBuild(Messages.Head message, LogName log, Owner? signer, [NotNullWhen(true)] out Head? head)
    {
        head = null;
        Cid page = default;
        Receipt? receipt = null;
        if (message.Link.Length != Digest.Size || message.Signature.Length != Signature.Size
            || !MessageFields.TryTime(message.UpdatedAt, out var updatedAt)
            || (!message.Page.IsEmpty && !Cid.TryRead(message.Page.Span, out page))
            || (message.Receipt is not null && !MessageFields.TryReceipt(message.Receipt, signer, out receipt))
            || message.Sequence is 0 or > long.MaxValue || message.Sealed > message.Sequence || message.Erased > message.Sequence || message.Bytes > long.MaxValue)
        {
            return false;
        }

        head = new Head
        {
            Log = log,
            Sequence = (long)message.Sequence,
            Link = new Digest(message.Link.Span),
            Signature = new Signature(message.Signature.Span),
            Sealed = (long)message.Sealed,
            Page = message.Page.IsEmpty ? null : page,
            Erased = (long)message.Erased,
            Bytes = (long)message.Bytes,
            UpdatedAt = updatedAt,
            Receipt = receipt,
        };
        return true;
    }
}
