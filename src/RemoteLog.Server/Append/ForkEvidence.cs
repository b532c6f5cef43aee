using RemoteLog.Protocol;

namespace RemoteLog.Server.Append;

/// <summary>Puts together what proves that an owner signed two histories.</summary>
internal static class ForkEvidence
{
    /// <summary>The refused segment ends within what is stored.</summary>
    public static Fork Behind(LogName log, SignedRun kept, Segment refused, Digest refusedLink, DateTimeOffset now)
    {
        var steps = kept.Entries.Skip((int)(refused.Last - kept.First + 1)).Select(Step).ToArray();
        return new Fork(
            new Checkpoint(log, kept.Last, kept.LinkBefore(kept.Last + 1), kept.Signature),
            new Checkpoint(log, refused.Last, refusedLink, refused.Signature),
            kept.LinkBefore(refused.Last + 1), steps, now);
    }

    /// <summary>The refused segment overlaps the head and goes on past it.</summary>
    /// <param name="meeting">The refused history's link at the head's sequence.</param>
    public static Fork Ahead(Head kept, Segment refused, Digest meeting, Digest refusedLink, DateTimeOffset now)
    {
        var steps = refused.Entries.Skip((int)(kept.Sequence - refused.First + 1)).Select(Step).ToArray();
        return new Fork(kept.Checkpoint, new Checkpoint(kept.Log, refused.Last, refusedLink, refused.Signature), meeting, steps, now);
    }

    private static ForkStep Step(Entry entry) => new(entry.HeaderDigest, entry.DataDigest);
}
