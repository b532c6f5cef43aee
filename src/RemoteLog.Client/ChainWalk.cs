using RemoteLog.Protocol;

namespace RemoteLog.Client;

/// <summary>Pages that one signature has settled.</summary>
/// <param name="Pages">Oldest first, each chained to the one before.</param>
/// <param name="Checkpoint">At the end of the last page, with a signature that holds.</param>
internal sealed record Run(IReadOnlyList<Page> Pages, Checkpoint Checkpoint);

/// <summary>
/// Follows a log's chain from one sequence on. Pages are taken in as they come and count for nothing until <see cref="Settle"/> checks the signature
/// behind the last: the chain makes it cover all of them, and everything before.
/// </summary>
/// <param name="log">The log.</param>
/// <param name="from">Where to start; entries up to it are not asked for.</param>
/// <param name="marks">Checkpoints known from before, none older than <paramref name="from"/>: the chain has to pass through them.</param>
internal sealed class ChainWalk(LogName log, long from, IReadOnlyList<Checkpoint> marks)
{
    private List<Page> run = [];
    private Checkpoint? settled;
    private Digest? link = from == 0 ? log.Id : null;

    /// <summary>The newest entry taken in.</summary>
    public long Position { get; private set; } = from;

    public bool IsSettled => run.Count == 0;

    /// <summary>Takes in the bytes of one page.</summary>
    /// <exception cref="InvalidLogException">They do not continue the log.</exception>
    /// <exception cref="ForkedException">They continue another history, and the owner signed both.</exception>
    public void Add(ReadOnlyMemory<byte> message)
    {
        if (!Page.TryParse(message, out var page)) throw Invalid(Position + 1, "the message around it cannot be read.");
        if (!page.IsOf(log)) throw Invalid(page.First, $"it is of another log, {page.Owner}/{page.Topic}.");
        if (page.First > Position + 1) throw Invalid(Position + 1, $"it is missing, entry {page.First} follows.");
        if (page.Last <= Position) throw Invalid(page.First, "it was sent before.");
        if (link is { } expected && LinkAt(page, Position) != expected) throw Broken(page);

        run.Add(page);
        Position = page.Last;
        link = page.Link;
    }

    /// <summary>Checks the signature at the end of what was taken in since the last time.</summary>
    /// <exception cref="InvalidLogException">It is not the owner's.</exception>
    /// <exception cref="ForkedException">It is, but the chain does not pass through what is known from before.</exception>
    public Run Settle()
    {
        if (!IsSigned(run[^1])) throw Invalid(run.First(page => !IsSigned(page)).First, "the owner did not sign it.");

        settled = run[^1].CheckpointOf(log);
        foreach (var page in run)
        {
            foreach (var mark in marks)
            {
                var passes = page.First - 1 <= mark.Sequence && mark.Sequence <= page.Last;
                if (passes && LinkAt(page, mark.Sequence) != mark.Link) throw new ForkedException(mark, settled);
            }
        }
        var done = new Run(run, settled);
        run = [];
        return done;
    }

    /// <summary>At the end of what the server has.</summary>
    /// <exception cref="RolledBackException">More is known from before.</exception>
    public void End()
    {
        foreach (var mark in marks)
        {
            if (mark.Sequence > Position) throw new RolledBackException(mark, Position);
        }
    }

    private static Digest LinkAt(Page page, long sequence) =>
        sequence == page.Last ? page.Link : Chain.Extend(page.Before, page.Entries, 0, (int)(sequence - page.First + 1));

    private bool IsSigned(Page page) => Checkpoint.Verify(log, page.Last, page.Link, page.Signature);

    /// <summary>What to say of a page that does not follow the one before it: whichever is not signed is at fault, and if both are, the owner is.</summary>
    private VerificationException Broken(Page page)
    {
        if (run.Find(earlier => !IsSigned(earlier)) is { } unsigned) return Invalid(unsigned.First, "the owner did not sign it.");
        if (!IsSigned(page)) return Invalid(page.First, "the owner did not sign it.");
        return (run.Count > 0 ? run[^1].CheckpointOf(log) : settled) is { } earlierHistory
            ? new ForkedException(earlierHistory, page.CheckpointOf(log))
            : Invalid(page.First, "it does not follow the entry before it.");
    }

    private InvalidLogException Invalid(long sequence, string fault) => new(log, sequence, fault);
}
