using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using System.Text;
using RemoteLog.Functions.Telemetry;
using RemoteLog.Protocol;
using RemoteLog.Server;
using RemoteLog.Server.Ingest;
using RemoteLog.Server.Mirror;
using RemoteLog.Server.Replicate;
using RemoteLog.Server.Seal;
using RemoteLog.Server.Storage;
using RemoteLog.Server.Sweep;
using RemoteLog.Server.Wake;

namespace RemoteLog.Functions.Operations;

/// <summary>What is done when nobody asks over HTTP. Who pulls a trigger, the Functions host or the service by itself, makes no difference here.</summary>
public sealed partial class Triggers(
    LogStorage storage, OpenLogs logs, Sealer sealer, Ingester ingester, Replicator replicator, Mirrorer mirrorer, HintWorker hints, Deliverer deliverer,
    Sweeper sweeper, DeviceSweeper devices, LogMetrics metrics, ILogger<Triggers> logger)
{
    /// <summary>A job of the queue <see cref="Sealer.Queue"/>.</summary>
    /// <param name="body">The name of the log.</param>
    /// <exception cref="FormatException">The body names no log.</exception>
    public async ValueTask SealAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        using var activity = ServiceTelemetry.Source.StartActivity("Seal", ActivityKind.Consumer);
        var log = LogIn(body);
        await sealer.SealAsync(log, cancellationToken);

        // A mirror may have told only of a part of a long tail.
        await mirrorer.EnqueueAsync(log, cancellationToken);
    }

    /// <summary>A job of the queue <see cref="Ingester.Queue"/>.</summary>
    /// <param name="delivery">How often it was delivered, this time included.</param>
    public async ValueTask IngestAsync(ReadOnlyMemory<byte> body, int delivery, CancellationToken cancellationToken)
    {
        using var activity = ServiceTelemetry.Source.StartActivity("Ingest", ActivityKind.Consumer);
        try
        {
            await ingester.IngestAsync(body, delivery, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException && delivery >= Job.MaxDeliveries)
        {
            // It would be set aside on another queue, where nobody can list or replay it.
            GaveUp(delivery, exception);
            await ingester.GiveUpAsync(body, cancellationToken);
        }
    }

    /// <summary>A job of the queue <see cref="HintWorker.Queue"/>.</summary>
    /// <param name="delivery">How often it was delivered, this time included.</param>
    /// <exception cref="FormatException">The body is no such job.</exception>
    public async ValueTask HintAsync(ReadOnlyMemory<byte> body, int delivery, CancellationToken cancellationToken)
    {
        using var activity = ServiceTelemetry.Source.StartActivity("Hint", ActivityKind.Consumer);
        await hints.WorkAsync(body, delivery, cancellationToken);
    }

    /// <summary>A job of one of <see cref="PushChannels.Queues"/>.</summary>
    /// <exception cref="FormatException">The body is no such job.</exception>
    public async ValueTask WakeAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        using var activity = ServiceTelemetry.Source.StartActivity("Wake", ActivityKind.Consumer);
        await deliverer.DeliverAsync(body, cancellationToken);
    }

    /// <summary>A job of the queue <see cref="ReplicatedContent.Queue"/>.</summary>
    /// <param name="delivery">How often it was delivered, this time included.</param>
    public async ValueTask ReplicateAsync(ReadOnlyMemory<byte> body, int delivery, CancellationToken cancellationToken)
    {
        using var activity = ServiceTelemetry.Source.StartActivity("Replicate", ActivityKind.Consumer);
        await replicator.ReplicateAsync(body, delivery, cancellationToken);
    }

    /// <summary>A job of the queue <see cref="Mirrorer.Queue"/>.</summary>
    /// <param name="body">The name of the log.</param>
    /// <param name="delivery">How often it was delivered, this time included.</param>
    /// <exception cref="FormatException">The body names no log.</exception>
    public async ValueTask MirrorAsync(ReadOnlyMemory<byte> body, int delivery, CancellationToken cancellationToken)
    {
        using var activity = ServiceTelemetry.Source.StartActivity("Mirror", ActivityKind.Consumer);
        await mirrorer.MirrorAsync(LogIn(body), delivery, cancellationToken);
    }

    /// <summary>It is time to clear up, and to count what waits for whom.</summary>
    public async ValueTask SweepAsync(CancellationToken cancellationToken)
    {
        using var activity = ServiceTelemetry.Source.StartActivity("Sweep", ActivityKind.Internal);
        await sweeper.SweepAsync(cancellationToken);
        await devices.SweepAsync(cancellationToken);

        foreach (var queue in JobQueues.All)
        {
            metrics.Waiting(queue, await storage.Jobs.CountAsync(queue, cancellationToken));
            var poison = await storage.Jobs.CountAsync(JobQueues.PoisonOf(queue), cancellationToken);
            metrics.Waiting(JobQueues.PoisonOf(queue), poison);
            if (poison > 0) Poisoned(poison, queue);
        }
        metrics.InQuarantine((await storage.Quarantine.ListAsync(0, OwnChecks.MostCounted, cancellationToken)).Count);
    }

    private LogName LogIn(ReadOnlyMemory<byte> body)
    {
        var name = Encoding.ASCII.GetString(body.Span);
        return logs.Find(name)?.Name ?? throw new FormatException($"'{name}' is no log.");
    }

    [LoggerMessage(LogLevel.Warning, "{Poison} jobs of {Queue} kept failing and are set aside.")]
    private partial void Poisoned(long poison, string queue);

    [LoggerMessage(LogLevel.Error, "A message of the ingest queue failed at delivery {Delivery}, the last.")]
    private partial void GaveUp(int delivery, Exception exception);
}

/// <summary>How long, how often and how much at once is done when nobody asks over HTTP.</summary>
public sealed record TriggerOptions
{
    /// <summary>
    /// How long one call may take. At the host's own limit, <c>functionTimeout</c> in host.json, it kills the process and every other call with it;
    /// so this one comes first, by far.
    /// </summary>
    [Range(1, 300)]
    public int Seconds { get; init; } = 240;

    /// <summary>Milliseconds between looks at the job queues when the service runs by itself. On Azure storage each look costs an operation.</summary>
    [Range(10, 600_000)]
    public int PollMilliseconds { get; init; } = 250;

    /// <summary>Jobs of one queue that are worked on at once, when the service runs by itself.</summary>
    [Range(1, 1000)]
    public int Concurrency { get; init; } = 16;

    /// <summary>Hints of one provider that are on their way at once, when the service runs by itself. Each waits for the provider, so there may be many.</summary>
    [Range(1, 10_000)]
    public int WakeConcurrency { get; init; } = 64;

    public TimeSpan PollInterval => TimeSpan.FromMilliseconds(PollMilliseconds);
}
