namespace RemoteLog.Server.Storage;

/// <summary>Work for later, delivered at least once and in no order.</summary>
public interface IJobQueue
{
    /// <summary>All are durable once the task completes. If it fails, some of them may be.</summary>
    ValueTask EnqueueAsync(IReadOnlyList<NewJob> jobs, CancellationToken cancellationToken);

    /// <summary>Durable once the task completes.</summary>
    /// <param name="delay">How long it stays hidden at first.</param>
    ValueTask EnqueueAsync(string queue, ReadOnlyMemory<byte> body, TimeSpan delay, CancellationToken cancellationToken) =>
        EnqueueAsync([new NewJob(queue, body, delay)], cancellationToken);

    /// <summary>Takes jobs that are due. Each stays hidden for <paramref name="lease"/> and comes back afterwards unless it was completed.</summary>
    ValueTask<IReadOnlyList<Job>> ReceiveAsync(string queue, int max, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>The job is done. Does nothing when its lease ran out and another took it.</summary>
    ValueTask CompleteAsync(Job job, CancellationToken cancellationToken);

    /// <summary>
    /// The body behind a message that somebody else takes from the queue and deletes, such as the Functions host; null when its job was done before.
    /// </summary>
    ValueTask<ReadOnlyMemory<byte>?> FindBodyAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken);

    /// <summary>The job of such a message is done: if the message is delivered again, it has no body any more.</summary>
    ValueTask CompleteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken);

    /// <summary>How many jobs there are, hidden ones too; roughly, while others work on the queue. 0 when nobody ever used it.</summary>
    ValueTask<long> CountAsync(string queue, CancellationToken cancellationToken);
}

/// <summary>A job to be done later.</summary>
/// <param name="Delay">How long it stays hidden at first.</param>
public readonly record struct NewJob(string Queue, ReadOnlyMemory<byte> Body, TimeSpan Delay);

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
