using RemoteLog.Server.Ingest;
using RemoteLog.Server.Mirror;
using RemoteLog.Server.Replicate;
using RemoteLog.Server.Seal;
using RemoteLog.Server.Storage;

namespace RemoteLog.Functions.Operations;

/// <summary>Works off the job queues when the service runs by itself.</summary>
public sealed partial class JobPump(LogStorage storage, Triggers triggers, ILogger<JobPump> logger)
{
    private const int Batch = 16;

    /// <summary>How long a job is out of others' sight; a job that fails comes back after it.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    /// <summary>Works until no job is due.</summary>
    public async ValueTask PumpAsync(CancellationToken cancellationToken) => await Task.WhenAll(
        PumpAsync(Sealer.Queue, (job, token) => triggers.SealAsync(job.Body, token), cancellationToken),
        PumpAsync(Ingester.Queue, (job, token) => triggers.IngestAsync(job.Body, job.Deliveries, token), cancellationToken),
        PumpAsync(ReplicatedContent.Queue, (job, token) => triggers.ReplicateAsync(job.Body, job.Deliveries, token), cancellationToken),
        PumpAsync(Mirrorer.Queue, (job, token) => triggers.MirrorAsync(job.Body, job.Deliveries, token), cancellationToken));

    private async Task PumpAsync(string queue, Func<Job, CancellationToken, ValueTask> run, CancellationToken cancellationToken)
    {
        while (await storage.Jobs.ReceiveAsync(queue, Batch, Lease, cancellationToken) is { Count: > 0 } jobs)
        {
            // At once, so that their commits share a flush of the disk.
            var options = new ParallelOptions { MaxDegreeOfParallelism = Batch, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(jobs, options, (job, token) => RunAsync(job, run, token));
        }
    }

    private async ValueTask RunAsync(Job job, Func<Job, CancellationToken, ValueTask> run, CancellationToken cancellationToken)
    {
        if (job.Deliveries > Job.MaxDeliveries)
        {
            SetAside(job.Queue, job.Id);
            await storage.Jobs.EnqueueAsync($"{job.Queue}-poison", job.Body, TimeSpan.Zero, cancellationToken);
        }
        else
        {
            try
            {
                await run(job, cancellationToken);
            }
            catch (NotYetException exception)
            {
                JobWaits(job.Queue, job.Id, job.Deliveries, exception.Message);
                return;
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                JobFailed(job.Queue, job.Id, job.Deliveries, exception);
                return;
            }
        }
        await storage.Jobs.CompleteAsync(job, cancellationToken);
    }

    [LoggerMessage(LogLevel.Information, "Job {Id} of {Queue} waits after delivery {Delivery}: {Reason}")]
    private partial void JobWaits(string queue, string id, int delivery, string reason);

    [LoggerMessage(LogLevel.Warning, "Job {Id} of {Queue} failed at delivery {Delivery}.")]
    private partial void JobFailed(string queue, string id, int delivery, Exception exception);

    [LoggerMessage(LogLevel.Error, "Job {Id} of {Queue} kept failing and was set aside.")]
    private partial void SetAside(string queue, string id);
}
