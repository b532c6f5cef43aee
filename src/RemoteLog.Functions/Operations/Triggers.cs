using System.Text;
using RemoteLog.Protocol;
using RemoteLog.Server;
using RemoteLog.Server.Ingest;
using RemoteLog.Server.Mirror;
using RemoteLog.Server.Replicate;
using RemoteLog.Server.Seal;
using RemoteLog.Server.Storage;
using RemoteLog.Server.Sweep;

namespace RemoteLog.Functions.Operations;

/// <summary>What is done when nobody asks over HTTP. Who pulls a trigger, the Functions host or the service by itself, makes no difference here.</summary>
public sealed partial class Triggers(OpenLogs logs, Sealer sealer, Ingester ingester, Replicator replicator, Mirrorer mirrorer, Sweeper sweeper, ILogger<Triggers> logger)
{
    /// <summary>A job of the queue <see cref="Sealer.Queue"/>.</summary>
    /// <param name="body">The name of the log.</param>
    /// <exception cref="FormatException">The body names no log.</exception>
    public ValueTask SealAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken) => sealer.SealAsync(LogIn(body), cancellationToken);

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

    /// <summary>A job of the queue <see cref="ReplicatedContent.Queue"/>.</summary>
    /// <param name="delivery">How often it was delivered, this time included.</param>
    public ValueTask ReplicateAsync(ReadOnlyMemory<byte> body, int delivery, CancellationToken cancellationToken) =>
        replicator.ReplicateAsync(body, delivery, cancellationToken);

    /// <summary>A job of the queue <see cref="Mirrorer.Queue"/>.</summary>
    /// <param name="body">The name of the log.</param>
    /// <param name="delivery">How often it was delivered, this time included.</param>
    /// <exception cref="FormatException">The body names no log.</exception>
    public ValueTask MirrorAsync(ReadOnlyMemory<byte> body, int delivery, CancellationToken cancellationToken) =>
        mirrorer.MirrorAsync(LogIn(body), delivery, cancellationToken);

    /// <summary>It is time to clear up.</summary>
    public ValueTask SweepAsync(CancellationToken cancellationToken) => sweeper.SweepAsync(cancellationToken);

    private LogName LogIn(ReadOnlyMemory<byte> body)
    {
        var name = Encoding.ASCII.GetString(body.Span);
        return logs.Find(name)?.Name ?? throw new FormatException($"'{name}' is no log.");
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

    public TimeSpan PollInterval => TimeSpan.FromMilliseconds(PollMilliseconds);
}
