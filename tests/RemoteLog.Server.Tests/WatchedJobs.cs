using RemoteLog.Server.Storage;

namespace RemoteLog.Server.Tests;

/// <summary>Stands before a real queue and knows when something in it becomes due, so that a test that lets hours pass looks only when there is something to find.</summary>
public sealed class WatchedJobs(IJobQueue jobs, TimeProvider time) : IJobQueue
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

    public ValueTask EnqueueAsync(string queue, ReadOnlyMemory<byte> body, TimeSpan delay, CancellationToken cancellationToken)
    {
        Note(delay);
        return jobs.EnqueueAsync(queue, body, delay, cancellationToken);
    }

    public async ValueTask<IReadOnlyList<Job>> ReceiveAsync(string queue, int max, TimeSpan lease, CancellationToken cancellationToken)
    {
        var taken = await jobs.ReceiveAsync(queue, max, lease, cancellationToken);
        if (taken.Count > 0) Note(lease);
        return taken;
    }

    public ValueTask CompleteAsync(Job job, CancellationToken cancellationToken) => jobs.CompleteAsync(job, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>?> FindBodyAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) => jobs.FindBodyAsync(message, cancellationToken);

    public ValueTask CompleteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) => jobs.CompleteAsync(message, cancellationToken);

    public ValueTask<long> CountAsync(string queue, CancellationToken cancellationToken) => jobs.CountAsync(queue, cancellationToken);

    private void Note(TimeSpan delay)
    {
        lock (due) due.Add(time.GetUtcNow() + delay);
    }
}
