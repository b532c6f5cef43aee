using System.Diagnostics.Metrics;
using System.Threading.Channels;

namespace RemoteLog.Storage.Embedded;

/// <summary>
/// The only writer of the database. It takes all changes that wait and commits them in one transaction, so that one flush of the disk serves many
/// callers; while it is busy with that, the next group gathers. Nobody is told of success before the commit has returned.
/// </summary>
internal sealed class Writer : IAsyncDisposable
{
    // Bounds how long the first caller of a group waits for the last.
    private const int LargestGroup = 256;

    // Bounded for memory: when it is full, callers wait. Whoever adds a change wakes the writer itself, without a detour over the thread pool,
    // which may be busy.
    private readonly Channel<Change> waiting = Channel.CreateBounded<Change>(
        new BoundedChannelOptions(4 * LargestGroup) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true, AllowSynchronousContinuations = true });

    private readonly Session session;
    private readonly Counter<long> commits;
    private readonly Counter<long> changes;
    private readonly Task loop;

    public Writer(Session session, Meter meter)
    {
        this.session = session;
        commits = meter.CreateCounter<long>("remotelog.storage.commits", "{commit}", "Transactions committed; each waits for the disk once.");
        changes = meter.CreateCounter<long>("remotelog.storage.changes", "{change}", "Changes in those transactions.");

        // A thread of its own: it spends its life waiting for the disk.
        loop = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Durable once the task completes. Cancelling gives up the wait for a place in the queue; what has a place is carried out.</summary>
    public async ValueTask<T> RunAsync<T>(Func<Session, T> apply, CancellationToken cancellationToken)
    {
        var change = new Change<T>(apply);
        try
        {
            await waiting.Writer.WriteAsync(change, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(EmbeddedStorage));
        }
        return await change.Completion;
    }

    /// <summary>Commits what waits, then stops.</summary>
    public async ValueTask DisposeAsync()
    {
        waiting.Writer.TryComplete();
        await loop;
        session.Dispose();
    }

    private void Run()
    {
        var group = new List<Change>(LargestGroup);
        while (waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (group.Count < LargestGroup && waiting.Reader.TryRead(out var change)) group.Add(change);
            if (!TryCommit(group))
            {
                // One of them cannot be done, which is its own caller's concern only.
                foreach (var change in group) TryCommit([change]);
            }
            group.Clear();
        }
    }

    /// <summary>False when one change out of several spoiled the transaction; then nothing is stored and nobody was told anything.</summary>
    private bool TryCommit(List<Change> group)
    {
        var applying = false;
        try
        {
            session.Execute("BEGIN IMMEDIATE");
            applying = true;
            foreach (var change in group) change.Apply(session);
            applying = false;
            session.Execute("COMMIT");
        }
        // The writer outlives every failure, whatever it is; those who wait must learn of it.
        catch (Exception exception)
        {
            if (session.InTransaction) session.Execute("ROLLBACK");
            if (applying && group.Count > 1) return false;
            foreach (var change in group) change.Fail(exception);
            return true;
        }

        commits.Add(1);
        changes.Add(group.Count);
        foreach (var change in group) change.Complete();
        return true;
    }
}
