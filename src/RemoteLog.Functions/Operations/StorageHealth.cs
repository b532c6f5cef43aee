using System.Diagnostics.Metrics;
using System.Text.Json;
using RemoteLog.Server;
using RemoteLog.Server.Replicate;
using RemoteLog.Server.Storage;
using RemoteLog.Storage.Swarm;

namespace RemoteLog.Functions.Operations;

/// <summary>
/// What an operator should see of storage before it hurts: nodes, postage batches, and the work that waits for them. Anybody may ask for it, so it names
/// neither nodes nor logs; what a node answered is in the service's own log.
/// </summary>
public sealed partial class StorageHealth : IDisposable
{
    /// <summary>The meter under which waiting work is counted.</summary>
    public const string MeterName = "RemoteLog.Service";

    /// <summary>How long an answer is good for: whoever asks more often costs nothing.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(30);

    /// <summary>Logs that are counted at the most.</summary>
    private const int MaxLogs = 1000;

    private readonly LogStorage storage;
    private readonly Replicator replicator;
    private readonly SwarmContent? swarm;
    private readonly PageOptions pages;
    private readonly TimeProvider time;
    private readonly ILogger<StorageHealth> logger;
    private readonly SemaphoreSlim asking = new(1, 1);
    private DateTimeOffset askedAt = DateTimeOffset.MinValue;
    private byte[] report = [];
    private long copies;
    private long logs;

    public StorageHealth(
        LogStorage storage, Replicator replicator, Func<SwarmContent?> swarm, PageOptions pages, TimeProvider time, IMeterFactory meters, ILogger<StorageHealth> logger)
    {
        (this.storage, this.replicator, this.swarm, this.pages, this.time, this.logger) = (storage, replicator, swarm(), pages, time, logger);
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge("remotelog.waiting.copies", () => copies, "{content}", "Contents that are to be copied to the second store.");
        meter.CreateObservableGauge("remotelog.waiting.logs", () => logs, "{log}", "Logs with a page that is due and not sealed yet.");
    }

    /// <summary>The answer to whether the service is ready, as JSON.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> DescribeAsync(CancellationToken cancellationToken)
    {
        if (swarm is null) return "{\"status\":\"ok\"}"u8.ToArray();
        await asking.WaitAsync(cancellationToken);
        try
        {
            if (time.GetUtcNow() - askedAt < Life) return report;

            var nodes = await swarm.Nodes.CheckAsync(cancellationToken);
            logs = (await storage.Names.FindUnsealedAsync(pages.Entries, pages.Bytes, MaxLogs, cancellationToken)).Count;
            copies = replicator.Contents.Any() ? await replicator.CountWaitingAsync(cancellationToken) : 0;
            foreach (var node in nodes.Where(node => node.Failure is not null)) Ailing(node.Failure!);
            (report, askedAt) = (Write(nodes), time.GetUtcNow());
            return report;
        }
        finally
        {
            asking.Release();
        }
    }

    public void Dispose() => asking.Dispose();

    private byte[] Write(IReadOnlyList<NodeState> nodes)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            var isWell = nodes.All(node => node.Failure is null && node.Batches.All(batch => batch.Fault is null && batch.Warning is null));
            json.WriteStartObject();
            json.WriteString("status", isWell ? "ok" : "degraded");
            json.WriteStartObject("waiting");
            json.WriteNumber("copies", copies);
            json.WriteNumber("logs", logs);
            json.WriteEndObject();
            json.WriteStartArray("nodes");
            foreach (var node in nodes) Write(json, node);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return bytes.ToArray();
    }

    private static void Write(Utf8JsonWriter json, NodeState node)
    {
        json.WriteStartObject();
        json.WriteBoolean("works", node.Failure is null);
        json.WriteBoolean("stores", node.CanStore);
        json.WriteStartArray("batches");
        foreach (var batch in node.Batches)
        {
            json.WriteStartObject();
            json.WriteString("id", batch.Id.ToString());
            json.WriteNumber("fullness", Math.Round(batch.Fullness, 4));
            if (batch.Life is { } life) json.WriteNumber("lifeSeconds", (long)life.TotalSeconds);
            if ((batch.Fault ?? batch.Warning) is { } problem) json.WriteString("problem", problem);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    [LoggerMessage(LogLevel.Warning, "A Bee node does not do its work: {Failure}")]
    private partial void Ailing(string failure);
}
