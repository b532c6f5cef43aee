using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using RemoteLog.Protocol.Wire;

namespace RemoteLog.Protocol;

/// <summary>
/// Evidence, checkable by anyone, that an owner signed two histories of one log. The checkpoints need not stand at the same sequence: the steps
/// lead from the lower sequence, where the other history has <paramref name="Link"/>, to the higher checkpoint.
/// </summary>
/// <param name="Kept">What the log went on from.</param>
/// <param name="Refused">What came later and was not stored.</param>
/// <param name="Link">The link at the lower of the two sequences in the history of the higher checkpoint.</param>
/// <param name="Steps">Digests of header and data of each entry from there to the higher checkpoint.</param>
/// <param name="SeenAt">When the second history arrived.</param>
public sealed record Fork(Checkpoint Kept, Checkpoint Refused, Digest Link, IReadOnlyList<ForkStep> Steps, DateTimeOffset SeenAt)
{
    /// <summary>Whether it really proves that the owner signed two histories.</summary>
    public bool Verify()
    {
        if (!Kept.Log.Equals(Refused.Log)) return false;
        var (lower, higher) = Kept.Sequence <= Refused.Sequence ? (Kept, Refused) : (Refused, Kept);
        if (lower.Link == Link || higher.Sequence - lower.Sequence != Steps.Count) return false;

        var link = Link;
        foreach (var step in Steps) link = Chain.Next(link, step.Header, step.Data);
        return link == higher.Link && Kept.Verify() && Refused.Verify();
    }

    /// <summary>Reads the protobuf form; whether it proves anything is for <see cref="Verify"/>.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Fork? fork)
    {
        fork = null;
        return ProtobufMessage.TryParse<Messages.Fork>(Messages.Fork.Descriptor, bytes, out var message) && MessageFields.TryFork(message, out fork);
    }

    /// <summary>The protobuf form.</summary>
    public byte[] ToArray() => ToMessage().ToByteArray();

    internal Messages.Fork ToMessage()
    {
        var message = new Messages.Fork
        {
            Kept = MessageFields.Of(Kept),
            Refused = MessageFields.Of(Refused),
            Link = ByteString.CopyFrom(Link.Span),
            SeenAt = SeenAt.ToUnixTimeMilliseconds(),
        };
        foreach (var step in Steps) message.Steps.Add(ByteString.CopyFrom([.. step.Header.Span, .. step.Data.Span]));
        return message;
    }
}

/// <summary>What the chain takes of one entry.</summary>
public readonly record struct ForkStep(Digest Header, Digest Data);
