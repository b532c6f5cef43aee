using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;

namespace RemoteLog.Client;

/// <summary>Forgets everything with the process: for readers that start from nothing each time, and for tests.</summary>
public sealed class InMemoryLogMemory : ILogMemory
{
    private readonly Lock gate = new();
    private readonly Dictionary<(LogName Log, Mark Mark), Checkpoint> checkpoints = [];
    private readonly Dictionary<(LogName Log, EthereumAddress Publisher), ulong> updates = [];
    private readonly Dictionary<(LogName Log, EthereumAddress Publisher), PendingUpdate> pendingUpdates = [];
    private readonly Dictionary<LogName, ReadOnlyMemory<byte>> pending = [];
    private readonly HashSet<LogName> claimed = [];

    public ValueTask<Checkpoint?> FindAsync(LogName log, Mark mark, CancellationToken cancellationToken)
    {
        lock (gate) return new(checkpoints.GetValueOrDefault((log, mark)));
    }

    public ValueTask RaiseAsync(Mark mark, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            var key = (checkpoint.Log, mark);
            if (!checkpoints.TryGetValue(key, out var known) || known.Sequence < checkpoint.Sequence) checkpoints[key] = checkpoint;
        }
        return default;
    }

    public ValueTask<ulong?> FindUpdateAsync(LogName log, EthereumAddress publisher, CancellationToken cancellationToken)
    {
        lock (gate) return new(updates.TryGetValue((log, publisher), out var index) ? index : null);
    }

    public ValueTask RaiseUpdateAsync(LogName log, EthereumAddress publisher, ulong index, CancellationToken cancellationToken)
    {
        lock (gate) updates[(log, publisher)] = Math.Max(index, updates.GetValueOrDefault((log, publisher)));
        return default;
    }

    public ValueTask<PendingUpdate?> FindPendingUpdateAsync(LogName log, EthereumAddress publisher, CancellationToken cancellationToken)
    {
        lock (gate) return new(pendingUpdates.GetValueOrDefault((log, publisher)));
    }

    public ValueTask SetPendingUpdateAsync(LogName log, EthereumAddress publisher, PendingUpdate? update, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (update is not null) pendingUpdates[(log, publisher)] = update;
            else pendingUpdates.Remove((log, publisher));
        }
        return default;
    }

    public ValueTask<ReadOnlyMemory<byte>?> FindPendingAsync(LogName log, CancellationToken cancellationToken)
    {
        lock (gate) return new(pending.TryGetValue(log, out var segment) ? (ReadOnlyMemory<byte>?)segment : null);
    }

    public ValueTask SetPendingAsync(LogName log, ReadOnlyMemory<byte>? segment, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (segment is { } bytes) pending[log] = bytes;
            else pending.Remove(log);
        }
        return default;
    }

    public IDisposable Claim(LogName log)
    {
        lock (gate)
        {
            if (!claimed.Add(log)) throw new LogInUseException(log);
        }
        return new Claimed(this, log);
    }

    private sealed class Claimed(InMemoryLogMemory memory, LogName log) : IDisposable
    {
        public void Dispose()
        {
            lock (memory.gate) memory.claimed.Remove(log);
        }
    }
}
