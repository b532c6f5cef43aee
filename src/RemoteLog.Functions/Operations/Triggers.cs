using System.Text;
using RemoteLog.Server;
using RemoteLog.Server.Ingest;
using RemoteLog.Server.Seal;
using RemoteLog.Server.Storage;
using RemoteLog.Server.Sweep;
using RemoteLog.Server.Wake;

namespace RemoteLog.Functions.Operations;

/// <summary>What is done when nobody asks over HTTP. Who pulls a trigger, the Functions host or the service by itself, makes no difference here.</summary>
public sealed partial class Triggers(
    OpenLogs logs, Sealer sealer, Ingester ingester, HintWorker hints, Deliverer deliverer, Sweeper sweeper, DeviceSweeper devices, ILogger<Triggers> logger)
{
    /// <summary>A job of the queue <see cref="Sealer.Queue"/>.</summary>
    /// <param name="body">The name of the log.</param>
    /// <exception cref="FormatException">The body names no log.</exception>
    public ValueTask SealAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var name = Encoding.ASCII.GetString(body.Span);
        var log = logs.Find(name) ?? throw new FormatException($"'{name}' is no log.");
        return sealer.SealAsync(log.Name, cancellationToken);
    }

    /// <summary>A job of the queue <see cref="Ingester.Queue"/>.</summary>
    /// <param name="delivery">How often it was delivered, this time included.</param>
    public async ValueTask IngestAsync(ReadOnlyMemory<byte> body, int delivery, CancellationToken cancellationToken)
    {
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
    public ValueTask HintAsync(ReadOnlyMemory<byte> body, int delivery, CancellationToken cancellationToken) => hints.WorkAsync(body, delivery, cancellationToken);

    /// <summary>A job of one of <see cref="PushChannels.Queues"/>.</summary>
    /// <exception cref="FormatException">The body is no such job.</exception>
    public ValueTask WakeAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken) => deliverer.DeliverAsync(body, cancellationToken);

    /// <summary>It is time to clear up.</summary>
    public async ValueTask SweepAsync(CancellationToken cancellationToken)
    {
        await sweeper.SweepAsync(cancellationToken);
        await devices.SweepAsync(cancellationToken);
    }

    [LoggerMessage(LogLevel.Error, "A message of the ingest queue failed at delivery {Delivery}, the last.")]
    private partial void GaveUp(int delivery, Exception exception);
}

/// <summary>Bounds on what the Functions host has done.</summary>
public sealed record TriggerOptions
{
    /// <summary>
    /// How long one call may take. At the host's own limit, <c>functionTimeout</c> in host.json, it kills the process and every other call with it;
    /// so this one comes first, by far.
    /// </summary>
    [System.ComponentModel.DataAnnotations.Range(1, 300)]
    public int Seconds { get; init; } = 240;

    /// <summary>Milliseconds between looks at the job queues when the service runs by itself. On Azure storage each look costs an operation.</summary>
    [System.ComponentModel.DataAnnotations.Range(10, 600_000)]
    public int PollMilliseconds { get; init; } = 250;

    /// <summary>Jobs of one queue that are worked on at once, when the service runs by itself.</summary>
    [System.ComponentModel.DataAnnotations.Range(1, 1000)]
    public int Concurrency { get; init; } = 16;

    /// <summary>Hints of one provider that are on their way at once, when the service runs by itself. Each waits for the provider, so there may be many.</summary>
    [System.ComponentModel.DataAnnotations.Range(1, 10_000)]
    public int WakeConcurrency { get; init; } = 64;

    public TimeSpan PollInterval => TimeSpan.FromMilliseconds(PollMilliseconds);
}
