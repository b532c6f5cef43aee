using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;

namespace RemoteLog.Protocol;

/// <summary>Between generated messages and our own types: every field is checked before a value is made of it.</summary>
internal static class MessageFields
{
    public static bool TryTime(long unixMilliseconds, out DateTimeOffset time)
    {
        var valid = unixMilliseconds >= 0 && unixMilliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();
        time = valid ? DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds) : default;
        return valid;
    }

    public static bool TryReceipt(Messages.Receipt message, Owner? known, [NotNullWhen(true)] out Receipt? receipt)
    {
        receipt = null;
        if (!TryTime(message.Time, out var time) || message.Signature.Length != Signature.Size) return false;
        var signer = known;
        if (signer?.Name != message.Signer && !Owner.TryParse(message.Signer, out signer)) return false;
        receipt = new Receipt(signer, time, new Signature(message.Signature.Span));
        return true;
    }

    public static Messages.Checkpoint Of(Checkpoint checkpoint) => new()
    {
        Owner = checkpoint.Log.Owner.Name,
        Topic = checkpoint.Log.Topic.Value,
        Sequence = (ulong)checkpoint.Sequence,
        Link = ByteString.CopyFrom(checkpoint.Link.Span),
        Signature = ByteString.CopyFrom(checkpoint.Signature.Span),
    };

    public static bool TryCheckpoint(Messages.Checkpoint? message, [NotNullWhen(true)] out Checkpoint? checkpoint)
    {
        checkpoint = null;
        if (message is null || !LogName.TryParse(message.Owner, message.Topic, out var log) || message.Sequence is 0 or > long.MaxValue
            || message.Link.Length != Digest.Size || message.Signature.Length != Signature.Size)
        {
            return false;
        }
        checkpoint = new Checkpoint(log, (long)message.Sequence, new Digest(message.Link.Span), new Signature(message.Signature.Span));
        return true;
    }

    public static bool TryFork(Messages.Fork message, [NotNullWhen(true)] out Fork? fork)
    {
        fork = null;
        if (!TryCheckpoint(message.Kept, out var kept) || !TryCheckpoint(message.Refused, out var refused)
            || message.Link.Length != Digest.Size || !TryTime(message.SeenAt, out var seenAt))
        {
            return false;
        }

        var steps = new ForkStep[message.Steps.Count];
        for (var i = 0; i < steps.Length; i++)
        {
            var step = message.Steps[i].Span;
            if (step.Length != 2 * Digest.Size) return false;
            steps[i] = new ForkStep(new Digest(step[..Digest.Size]), new Digest(step[Digest.Size..]));
        }
        fork = new Fork(kept, refused, new Digest(message.Link.Span), steps, seenAt);
        return true;
    }
}
