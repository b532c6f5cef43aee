using RemoteLog.Server.Storage;

namespace RemoteLog.Server.Tests;

/// <summary>Stands before a real queue and knows when something in it becomes due, so that a test that lets hours pass looks only when there is something to find.</summary>
public sealed class WatchedJobs(IJobQueue inner, TimeProvider time) : IJobQueue
{
    private readonly SortedSet<DateTimeOffset> due = [];

    /// <summary>Whether there may be a job that is due. It is never false when there is one.</summary>
    public bool MayBeDue
    {
        get
        {
            lock (due) return due.Count > 0 && due.Min <= time.GetUtcNow();
        }
    }

    /// <summary>Somebody looked everywhere, and found nothing that is due now.</summary>
    public void NothingIsDue()
    {
        lock (due) due.RemoveWhere(at => at <= time.GetUtcNow());
    }

    public ValueTask EnqueueAsync(IReadOnlyList<NewJob> jobs, CancellationToken cancellationToken)
    {
        foreach (var job in jobs) Note(job.Delay);
        return inner.EnqueueAsync(jobs, cancellationToken);
    }

    public async ValueTask<IReadOnlyList<Job>> ReceiveAsync(string queue, int max, TimeSpan lease, CancellationToken cancellationToken)
    {
        var taken = await inner.ReceiveAsync(queue, max, lease, cancellationToken);
        if (taken.Count > 0) Note(lease);
        return taken;
    }

    public ValueTask CompleteAsync(Job job, CancellationToken cancellationToken) => inner.CompleteAsync(job, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>?> FindBodyAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) => inner.FindBodyAsync(message, cancellationToken);

    public ValueTask CompleteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) => inner.CompleteAsync(message, cancellationToken);

    public ValueTask<long> CountAsync(string queue, CancellationToken cancellationToken) => inner.CountAsync(queue, cancellationToken);

    private void Note(TimeSpan delay)
    {
        lock (due) due.Add(time.GetUtcNow() + delay);
    }
}
