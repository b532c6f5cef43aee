using System.Runtime.ExceptionServices;
using RemoteLog.Server.Ingest;
using RemoteLog.Server.Mirror;
using RemoteLog.Server.Replicate;
using RemoteLog.Server.Seal;
using RemoteLog.Server.Storage;
using RemoteLog.Server.Wake;

namespace RemoteLog.Functions.Operations;

/// <summary>Works off the job queues when the service runs by itself.</summary>
public sealed partial class JobPump(LogStorage storage, Triggers triggers, PushSetup push, Mirrorer mirrorer, TriggerOptions options, ILogger<JobPump> logger)
{
    /// <summary>How long a job is out of others' sight; a job that fails comes back after it.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    /// <summary>All queues that anything is put on.</summary>
    public IReadOnlyList<string> Queues { get; } =
    [
        Sealer.Queue, Ingester.Queue, ReplicatedContent.Queue,
        .. mirrorer.IsOn ? [Mirrorer.Queue] : Array.Empty<string>(),
        .. push.IsConfigured || mirrorer.IsOn ? [HintWorker.Queue] : Array.Empty<string>(),
        .. push.IsConfigured ? PushChannels.Queues : [],
    ];

    /// <summary>Works until no job is due in any queue.</summary>
    public async ValueTask PumpAsync(CancellationToken cancellationToken) =>
        await Task.WhenAll(Queues.Select(queue => PumpAsync(queue, cancellationToken).AsTask()));

    /// <summary>Works until no job of one queue is due. Queues do not wait for each other: behind each is another that may be slow.</summary>
    public ValueTask PumpAsync(string queue, CancellationToken cancellationToken) => queue switch
    {
        Sealer.Queue => PumpAsync(queue, options.Concurrency, (job, token) => triggers.SealAsync(job.Body, token), cancellationToken),
        Ingester.Queue => PumpAsync(queue, options.Concurrency, (job, token) => triggers.IngestAsync(job.Body, job.Deliveries, token), cancellationToken),
        ReplicatedContent.Queue => PumpAsync(
            queue, options.Concurrency, (job, token) => triggers.ReplicateAsync(job.Body, job.Deliveries, token), cancellationToken),
        Mirrorer.Queue => PumpAsync(queue, options.Concurrency, (job, token) => triggers.MirrorAsync(job.Body, job.Deliveries, token), cancellationToken),
        HintWorker.Queue => PumpAsync(queue, options.Concurrency, (job, token) => triggers.HintAsync(job.Body, job.Deliveries, token), cancellationToken),
        _ => PumpAsync(queue, options.WakeConcurrency, (job, token) => triggers.WakeAsync(job.Body, token), cancellationToken),
    };

    private async ValueTask PumpAsync(string queue, int concurrency, Func<Job, CancellationToken, ValueTask> run, CancellationToken cancellationToken)
    {
        // Taken only when they can begin, so that no lease runs out while a job waits for another; and several at once, so that the taking, like their own
        // commits, shares a flush of the disk.
        using var ended = new SemaphoreSlim(0);
        var running = 0;
        Exception? failure = null;
        async Task WorkAsync(Job job)
        {
            try
            {
                await RunAsync(job, run, cancellationToken);
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref failure, exception, null);
            }
            finally
            {
                ended.Release();
            }
        }

        try
        {
            while (Volatile.Read(ref failure) is null)
            {
                var free = concurrency - running;
                var jobs = await storage.Jobs.ReceiveAsync(queue, free, Lease, cancellationToken);
                if (jobs.Count == 0 && running == 0) return;
                foreach (var job in jobs)
                {
                    running++;
                    _ = Task.Run(() => WorkAsync(job), CancellationToken.None);
                }

                var most = jobs.Count == free ? concurrency - Math.Max(1, concurrency / 8) : running / 2;
                do
                {
                    await ended.WaitAsync(CancellationToken.None);
                    running--;
                }
                while (running > most);
                while (ended.Wait(0, CancellationToken.None)) running--;
            }
        }
        finally
        {
            for (; running > 0; running--) await ended.WaitAsync(CancellationToken.None);
        }
        ExceptionDispatchInfo.Throw(failure!);
    }

    private async ValueTask RunAsync(Job job, Func<Job, CancellationToken, ValueTask> run, CancellationToken cancellationToken)
    {
        if (job.Deliveries > Job.MaxDeliveries)
        {
            SetAside(job.Queue, job.Id);
            await storage.Jobs.EnqueueAsync(JobQueues.PoisonOf(job.Queue), job.Body, TimeSpan.Zero, cancellationToken);
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
