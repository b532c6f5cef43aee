using RemoteLog.Server.Seal;
using RemoteLog.Server.Storage;

namespace RemoteLog.Functions.Operations;

/// <summary>Works off the job queues when the service runs by itself.</summary>
public sealed partial class JobPump(LogStorage storage, Triggers triggers, ILogger<JobPump> logger)
{
    private const int Batch = 16;

    /// <summary>After so many failures a job is set aside, where somebody can look at it.</summary>
    private const int MaxDeliveries = 5;

    /// <summary>How long a job is out of others' sight; a job that fails comes back after it.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    /// <summary>Works until no job is due.</summary>
    public async ValueTask PumpAsync(CancellationToken cancellationToken)
    {
        while (await storage.Jobs.ReceiveAsync(Sealer.Queue, Batch, Lease, cancellationToken) is { Count: > 0 } jobs)
        {
            // At once, so that their commits share a flush of the disk.
            await Parallel.ForEachAsync(jobs, new ParallelOptions { MaxDegreeOfParallelism = Batch, CancellationToken = cancellationToken }, RunAsync);
        }
    }

    private async ValueTask RunAsync(Job job, CancellationToken cancellationToken)
    {
        if (job.Deliveries > MaxDeliveries)
        {
            SetAside(job.Queue, job.Id);
            await storage.Jobs.EnqueueAsync($"{job.Queue}-poison", job.Body, TimeSpan.Zero, cancellationToken);
        }
        else
        {
            try
            {
                await triggers.SealAsync(job.Body, cancellationToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                JobFailed(job.Queue, job.Id, job.Deliveries, exception);
                return;
            }
        }
        await storage.Jobs.CompleteAsync(job, cancellationToken);
    }

    [LoggerMessage(LogLevel.Warning, "Job {Id} of {Queue} failed at delivery {Delivery}.")]
    private partial void JobFailed(string queue, string id, int delivery, Exception exception);

    [LoggerMessage(LogLevel.Error, "Job {Id} of {Queue} kept failing and was set aside.")]
    private partial void SetAside(string queue, string id);
}
