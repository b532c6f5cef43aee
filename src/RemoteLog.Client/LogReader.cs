using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using RemoteLog.Protocol;

namespace RemoteLog.Client;

/// <summary>
/// Reads one log from a server that is not trusted: nothing is handed out before a signature of the owner covers it, and what was seen before must
/// still be there. Safe for concurrent use.
/// </summary>
public sealed class LogReader
{
    private readonly ILogSource source;
    private readonly LogName log;
    private readonly ILogMemory memory;
    private readonly LogReaderOptions options;

    /// <param name="client">Where to read.</param>
    /// <param name="log">What to read.</param>
    /// <param name="memory">What this device knows of the log from before.</param>
    /// <param name="options">What it may use.</param>
    public LogReader(RemoteLogClient client, LogName log, ILogMemory memory, LogReaderOptions? options = null)
        : this((ILogSource)client, log, memory, options)
    {
    }

    /// <param name="mirror">Where to read, without any server.</param>
    /// <param name="log">What to read.</param>
    /// <param name="memory">What this device knows of the log from before.</param>
    /// <param name="options">What it may use.</param>
    public LogReader(MirrorClient mirror, LogName log, ILogMemory memory, LogReaderOptions? options = null)
        : this((ILogSource)mirror, log, memory, options)
    {
    }

    private LogReader(ILogSource source, LogName log, ILogMemory memory, LogReaderOptions? options) =>
        (this.source, this.log, this.memory, this.options) = (source, log, memory, options ?? new());

    public LogName Log => log;

    /// <summary>The head, with a signature that holds; null when the log was never written.</summary>
    /// <exception cref="VerificationException">It is not the owner's, or contradicts what was seen before.</exception>
    public async Task<Head?> FindHeadAsync(CancellationToken cancellationToken = default)
    {
        var marks = await RecallAsync(cancellationToken).ConfigureAwait(false);
        var answer = await source.FindHeadAsync(log, cancellationToken).ConfigureAwait(false);
        if (answer is not null) return await AcceptAsync(answer.Head, marks, cancellationToken).ConfigureAwait(false);
        return marks.Count == 0 ? null : throw new RolledBackException(marks[0], shown: 0);
    }

    /// <summary>
    /// Every entry after <paramref name="after"/> that the log has now, oldest first, each verified. Reading starts at what is known from before when
    /// that is older than <paramref name="after"/>: a rewritten history could hide in the gap.
    /// </summary>
    /// <exception cref="VerificationException">What the server shows is not the log.</exception>
    /// <exception cref="RefusedException">The server does not serve the log; it was never written, for one (<c>unknown-log</c>).</exception>
    public async IAsyncEnumerable<LogEntry> ReadAsync(long after = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var run in WalkAsync(after, cancellationToken).ConfigureAwait(false))
        {
            using var fetches = new ContentFetches(source, log, options, ApartIn(run, after), cancellationToken);
            foreach (var (sequence, entry) in EntriesOf(run, after))
            {
                yield return entry.Address is null
                    ? new LogEntry(sequence, entry, entry.Data, isForgotten: entry.Data is null)
                    : (await fetches.NextAsync().ConfigureAwait(false))!.Value;
            }
        }
    }

    /// <summary>The same, until the budget is spent. Whether it ended with the log or with the budget, the budget tells.</summary>
    internal async IAsyncEnumerable<LogEntry> ReadWithinAsync(SyncBudget budget, long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var isFirst = true;
        await foreach (var run in WalkAsync(after, cancellationToken, budget).ConfigureAwait(false))
        {
            // What is too large comes without its data, and costs nothing.
            var affordable = ApartIn(run, after).TakeWhile(item => item.Entry.Size > options.MaxContentBytes || budget.TrySpend(item.Entry.Size, isFirst));
            using var fetches = new ContentFetches(source, log, options, affordable, cancellationToken);
            foreach (var (sequence, entry) in EntriesOf(run, after))
            {
                if (entry.Address is null) yield return new LogEntry(sequence, entry, entry.Data, isForgotten: entry.Data is null);
                else if (await fetches.NextAsync().ConfigureAwait(false) is { } fetched) yield return fetched;
                else yield break;
                isFirst = false;
            }
        }
    }

    /// <summary>
    /// Every entry after <paramref name="after"/>, and then each new one soon after it is written, until cancelled. A log that does not exist yet is
    /// waited for.
    /// </summary>
    public async IAsyncEnumerable<LogEntry> FollowAsync(long after = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var position = after;
        EntityTagHeaderValue? known = null;
        while (true)
        {
            var asked = source.Time.GetTimestamp();
            var marks = await RecallAsync(cancellationToken).ConfigureAwait(false);
            var answer = known is null
                ? await source.FindHeadAsync(log, cancellationToken).ConfigureAwait(false)
                : await source.WaitForHeadAsync(log, known, options.Wait, cancellationToken).ConfigureAwait(false);
            if (answer is null)
            {
                if (source.Time.GetElapsedTime(asked) < source.Pause) await Task.Delay(source.Pause, source.Time, cancellationToken).ConfigureAwait(false);
                continue;
            }

            known = answer.ETag;
            var head = await AcceptAsync(answer.Head, marks, cancellationToken).ConfigureAwait(false);
            if (head.Sequence <= position) continue;
            await foreach (var entry in ReadAsync(position, cancellationToken).ConfigureAwait(false))
            {
                position = entry.Sequence;
                yield return entry;
            }
        }
    }

    /// <summary>Walks the whole log, fetches and checks everything that is still there, and looks at the evidence of forks.</summary>
    /// <exception cref="VerificationException">What the server shows is not the log.</exception>
    /// <exception cref="RefusedException">The server does not serve the log; it was never written, for one (<c>unknown-log</c>).</exception>
    public async Task<VerifyReport> VerifyAsync(IProgress<VerifyReport>? progress = null, CancellationToken cancellationToken = default)
    {
        var head = await FindHeadAsync(cancellationToken).ConfigureAwait(false);
        var report = new VerifyReport { Head = head?.Sequence ?? 0 };
        await foreach (var run in WalkAsync(0, cancellationToken).ConfigureAwait(false))
        {
            var (bytes, forgotten, unfetched) = (0L, 0L, 0L);
            using var fetches = new ContentFetches(source, log, options, ApartIn(run, 0), cancellationToken);
            foreach (var (_, entry) in EntriesOf(run, 0))
            {
                var (isThere, isForgotten) = (entry.Data is not null, entry.Data is null);
                if (entry.Address is not null)
                {
                    var fetched = (await fetches.NextAsync().ConfigureAwait(false))!.Value;
                    (isThere, isForgotten) = (fetched.Data is not null, fetched.IsForgotten);
                }
                if (isThere) bytes += entry.Size;
                else if (isForgotten) forgotten++;
                else unfetched++;
            }
            report = report with
            {
                Head = Math.Max(report.Head, run.Checkpoint.Sequence),
                Entries = run.Checkpoint.Sequence,
                Bytes = report.Bytes + bytes,
                Forgotten = report.Forgotten + forgotten,
                Unfetched = report.Unfetched + unfetched,
                Pages = report.Pages + run.Pages.Count,
                SignatureChecks = report.SignatureChecks + 1,
            };
            progress?.Report(report);
        }

        var claims = await source.GetForksAsync(log, cancellationToken).ConfigureAwait(false);
        return report with { Forks = [.. claims.Where(fork => fork.Kept.Log.Equals(log) && fork.Verify())] };
    }

    /// <summary>The log's pages from <paramref name="after"/> on or from what is known before it, settled. A budget, once spent, ends it after some page.</summary>
    internal async IAsyncEnumerable<Run> WalkAsync(long after, [EnumeratorCancellation] CancellationToken cancellationToken, SyncBudget? budget = null)
    {
        var marks = await RecallAsync(cancellationToken).ConfigureAwait(false);
        var walk = new ChainWalk(log, marks.Aggregate(after, (from, mark) => Math.Min(from, mark.Sequence)), marks);
        using var stream = source.OpenMessages(log);
        var unsettled = 0;
        while (await NextAsync(stream, walk, marks, cancellationToken).ConfigureAwait(false) is { } message)
        {
            walk.Add(message);
            unsettled += message.Length;
            budget?.Spend(message.Length);
            var isSpent = budget is { IsSpent: true };
            if (unsettled < options.ReadAheadBytes && !isSpent) continue;
            unsettled = 0;
            yield return await SettleAsync(walk, cancellationToken).ConfigureAwait(false);
            if (isSpent) yield break;
        }
        if (!walk.IsSettled) yield return await SettleAsync(walk, cancellationToken).ConfigureAwait(false);
        walk.End();
    }

    private static async ValueTask<ReadOnlyMemory<byte>?> NextAsync(
        IMessageSource stream, ChainWalk walk, IReadOnlyList<Checkpoint> marks, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.ReadAsync(walk.Position, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RefusedException { Problem: Problem.UnknownLog } or NotMirroredException && marks.Count > 0)
        {
            throw new RolledBackException(marks[0], shown: 0);
        }
    }

    private static IEnumerable<(long Sequence, Entry Entry)> EntriesOf(Run run, long after)
    {
        foreach (var page in run.Pages)
        {
            for (var i = (int)Math.Max(0, after + 1 - page.First); i < page.Entries.Count; i++)
            {
                after = page.First + i;
                yield return (after, page.Entries[i]);
            }
        }
    }

    /// <summary>Those whose data is kept on its own.</summary>
    private static IEnumerable<(long Sequence, Entry Entry)> ApartIn(Run run, long after) => EntriesOf(run, after).Where(item => item.Entry.Address is not null);

    private async ValueTask<Run> SettleAsync(ChainWalk walk, CancellationToken cancellationToken)
    {
        var run = walk.Settle();
        await memory.RaiseAsync(Mark.Walked, run.Checkpoint, cancellationToken).ConfigureAwait(false);
        return run;
    }

    /// <param name="marks">As remembered before the head was asked for: what others learn meanwhile may be newer than the answer.</param>
    private async ValueTask<Head> AcceptAsync(Head head, IReadOnlyList<Checkpoint> marks, CancellationToken cancellationToken)
    {
        if (!Checkpoint.Verify(log, head.Sequence, head.Link, head.Signature))
        {
            throw new InvalidLogException(log, head.Sequence, "the owner did not sign this head.");
        }
        foreach (var mark in marks)
        {
            if (mark.Sequence > head.Sequence) throw new RolledBackException(mark, head.Sequence);
            if (mark.Sequence == head.Sequence && mark.Link != head.Link) throw new ForkedException(mark, head.Checkpoint);
        }
        await memory.RaiseAsync(Mark.Seen, head.Checkpoint, cancellationToken).ConfigureAwait(false);
        return head;
    }

    private async ValueTask<IReadOnlyList<Checkpoint>> RecallAsync(CancellationToken cancellationToken)
    {
        var walked = await memory.FindAsync(log, Mark.Walked, cancellationToken).ConfigureAwait(false);
        var seen = await memory.FindAsync(log, Mark.Seen, cancellationToken).ConfigureAwait(false);
        return [.. new[] { walked, seen }.OfType<Checkpoint>().OrderByDescending(mark => mark.Sequence)];
    }
}
