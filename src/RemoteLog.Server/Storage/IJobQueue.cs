namespace RemoteLog.Server.Storage;

/// <summary>Work for later, delivered at least once and in no order.</summary>
public interface IJobQueue
{
    /// <summary>Durable once the task completes.</summary>
    /// <param name="delay">How long it stays hidden at first.</param>
    ValueTask EnqueueAsync(string queue, ReadOnlyMemory<byte> body, TimeSpan delay, CancellationToken cancellationToken);

    /// <summary>Takes jobs that are due. Each stays hidden for <paramref name="lease"/> and comes back afterwards unless it was completed.</summary>
    ValueTask<IReadOnlyList<Job>> ReceiveAsync(string queue, int max, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>About how many jobs there are, due or not.</summary>
    ValueTask<long> CountAsync(string queue, CancellationToken cancellationToken);

    /// <summary>The job is done. Does nothing when its lease ran out and another took it.</summary>
    ValueTask CompleteAsync(Job job, CancellationToken cancellationToken);
}

/// <summary>One delivery of a job.</summary>
/// <param name="Queue">Where it came from.</param>
/// <param name="Id">Names the job within its queue.</param>
/// <param name="Receipt">Names this delivery.</param>
/// <param name="Body">What was enqueued.</param>
/// <param name="Deliveries">How often it was delivered, this time included.</param>
public sealed record Job(string Queue, string Id, string Receipt, ReadOnlyMemory<byte> Body, int Deliveries)
{
    /// <summary>After so many deliveries that failed, a job is set aside. The Functions host is told the same in host.json (<c>maxDequeueCount</c>).</summary>
    public const int MaxDeliveries = 5;
}
