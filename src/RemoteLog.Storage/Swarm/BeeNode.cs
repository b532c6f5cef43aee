using RemoteLog.Protocol;

namespace RemoteLog.Storage.Swarm;

/// <summary>A node, and what was last known of it: whether it works, and which of the batches it can use.</summary>
internal sealed class BeeNode(BeeApi api, IReadOnlyList<Digest> batches, TimeProvider time) : IDisposable
{
    /// <summary>How long what a node said of its batches is believed.</summary>
    private static readonly TimeSpan StateLife = TimeSpan.FromMinutes(1);

    /// <summary>How long others are preferred after a failure.</summary>
    private static readonly TimeSpan Distrust = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private readonly SemaphoreSlim refreshing = new(1, 1);
    private IReadOnlyList<BatchState>? states;
    private DateTimeOffset readAt;
    private DateTimeOffset failedAt = DateTimeOffset.MinValue;
    private string? failure;

    public BeeApi Api => api;

    /// <summary>Whether it failed a moment ago.</summary>
    public bool IsDistrusted
    {
        get
        {
            lock (gate) return failure is not null && time.GetUtcNow() - failedAt < Distrust;
        }
    }

    /// <summary>What is known, without asking.</summary>
    public NodeState LastState
    {
        get
        {
            lock (gate) return new NodeState(api.Address, failure, states ?? []);
        }
    }

    /// <summary>It did as it should.</summary>
    public void Worked()
    {
        lock (gate) failure = null;
    }

    public void Failed(string why)
    {
        lock (gate) (failure, failedAt) = (why, time.GetUtcNow());
    }

    /// <summary>The batches that pay, in the order in which to use them: as listed, those that are nearly full or nearly over last.</summary>
    public async ValueTask<IReadOnlyList<Digest>> FindBatchesAsync(CancellationToken cancellationToken) =>
        [.. (await ReadBatchesAsync(cancellationToken)).Where(batch => batch.IsUsable).OrderBy(batch => batch.Warning is not null).Select(batch => batch.Id)];

    /// <summary>Asks about every batch, unless that was done a moment ago.</summary>
    public async ValueTask<IReadOnlyList<BatchState>> ReadBatchesAsync(CancellationToken cancellationToken)
    {
        await refreshing.WaitAsync(cancellationToken);
        try
        {
            if (states is { } known && time.GetUtcNow() - readAt < StateLife && !known.Any(batch => batch.IsYoung)) return known;

            List<BatchState> read = [];
            foreach (var batch in batches) read.Add(await api.ReadBatchAsync(batch, cancellationToken));
            lock (gate) (states, readAt) = (read, time.GetUtcNow());
            return read;
        }
        finally
        {
            refreshing.Release();
        }
    }

    /// <summary>The batch refused: until it is asked about anew, it is left alone. That is before the next use where it is only young.</summary>
    public void Refused(Digest batch, string why, bool isYoung)
    {
        lock (gate) states = states?.Select(state => state.Id == batch ? state with { Fault = why, IsYoung = isYoung } : state).ToList();
    }

    public void Dispose() => refreshing.Dispose();
}

/// <summary>What is known of a node.</summary>
/// <param name="Address">Of its API.</param>
/// <param name="Failure">Why it does not work; null when it does.</param>
/// <param name="Batches">As it last told, in the order of the settings.</param>
public sealed record NodeState(Uri Address, string? Failure, IReadOnlyList<BatchState> Batches)
{
    /// <summary>Whether content can be stored through it.</summary>
    public bool CanStore => Failure is null && Batches.Any(batch => batch.IsUsable);
}
