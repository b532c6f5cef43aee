using System.Collections.Concurrent;
using RemoteLog.Protocol;

namespace RemoteLog.Client;

/// <summary>
/// Pulls the logs that are noted to be behind, within a budget. How far each came is remembered as it goes, and what was not worked off stays noted: cut off
/// anywhere, by the budget, the caller or the end of the process, the next one goes on from there.
/// </summary>
internal sealed class BoundedSync(
    RemoteLogClient client, ILogMemory logs, DeviceNotebook notebook, Func<LogName, LogEntry, CancellationToken, ValueTask> receive, WakeOptions options)
{
    /// <summary>Handed over before the position is remembered: what a killed process is handed again, at most.</summary>
    private const int BytesBetweenNotes = 256 * 1024;

    private readonly SyncBudget budget = new(options.Bytes);
    private readonly ConcurrentQueue<LogName> pulled = [];
    private readonly ConcurrentDictionary<LogName, RemoteLogException> faults = [];
    private readonly LogReaderOptions reading = new()
    {
        // So that little is received and not handed over when time is up.
        ReadAheadBytes = BytesBetweenNotes,
        MaxContentBytes = options.Bytes / 2,
        ParallelFetches = 2,
    };

    private long entries;

    /// <param name="time">Its end is an ordinary one.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async Task<SyncReport> RunAsync(CancellationToken time, CancellationToken cancellationToken)
    {
        var notes = await notebook.ReadAsync(cancellationToken).ConfigureAwait(false);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(time, cancellationToken);
        try
        {
            await Parallel.ForEachAsync(
                notes.Follows.Where(follow => follow.Behind > 0).OrderBy(follow => follow.Since),
                new ParallelOptions { MaxDegreeOfParallelism = options.ParallelLogs, CancellationToken = stop.Token },
                (follow, token) => PullAsync(follow, stop, token)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Time is up, or the server away.
        }
        cancellationToken.ThrowIfCancellationRequested();

        notes = await notebook.ReadAsync(cancellationToken).ConfigureAwait(false);
        return new SyncReport
        {
            Logs = [.. pulled],
            Entries = Interlocked.Read(ref entries),
            Bytes = budget.Spent,
            Faults = faults,
            IsComplete = !notes.Follows.Any(follow => follow.Behind > 0),
        };
    }

    private async ValueTask PullAsync(FollowNote follow, CancellationTokenSource stop, CancellationToken cancellationToken)
    {
        if (budget.IsSpent) return;
        var (log, has, unnoted, isDone) = (follow.Log, follow.Has, 0L, false);
        pulled.Enqueue(log);
        try
        {
            await foreach (var entry in new LogReader(client, log, logs, reading).ReadWithinAsync(budget, has, cancellationToken).ConfigureAwait(false))
            {
                await receive(log, entry, cancellationToken).ConfigureAwait(false);
                has = entry.Sequence;
                Interlocked.Increment(ref entries);
                unnoted += entry.Size;
                if (unnoted < BytesBetweenNotes) continue;
                unnoted = 0;
                await NoteAsync(follow, has, isDone: false).ConfigureAwait(false);
            }
            isDone = !budget.IsSpent;
        }
        catch (RefusedException refused) when (refused.Problem == Problem.UnknownLog)
        {
            // Nothing was written to it yet.
            isDone = true;
        }
        catch (ServerUnreachableException away)
        {
            // For the other logs, too.
            faults[log] = away;
            await stop.CancelAsync().ConfigureAwait(false);
        }
        catch (RemoteLogException fault)
        {
            faults[log] = fault;
        }
        finally
        {
            await NoteAsync(follow, has, isDone).ConfigureAwait(false);
        }
    }

    /// <summary>Not cancelled: what was handed over must not be handed over again without need. A log of which more was heard meanwhile stays noted.</summary>
    private async ValueTask NoteAsync(FollowNote follow, long has, bool isDone) => await notebook.ChangeAsync(
        notes => notes.With(follow.Log, now => isDone && now.Behind == follow.Behind
            ? now with { Has = Math.Max(now.Has, has), Behind = 0, Since = 0 }
            : now with { Has = Math.Max(now.Has, has) }),
        CancellationToken.None).ConfigureAwait(false);
}
