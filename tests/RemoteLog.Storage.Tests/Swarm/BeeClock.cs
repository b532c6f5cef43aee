using System.Collections.Concurrent;

namespace RemoteLog.Storage.Tests.Swarm;

/// <summary>Time in which pauses are over at once, and limits, which are longer than any pause, only when told.</summary>
internal sealed class BeeClock : TimeProvider
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(8);

    private readonly ConcurrentDictionary<Limit, bool> limits = [];
    private readonly ConcurrentQueue<TimeSpan> pauses = [];
    private long now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).UtcTicks;

    /// <summary>How long it would have been waited.</summary>
    public IReadOnlyList<TimeSpan> Pauses => [.. pauses];

    /// <summary>The limits that run now.</summary>
    public IReadOnlyList<TimeSpan> Limits => [.. limits.Keys.Select(limit => limit.Length)];

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref now), TimeSpan.Zero);

    public void Advance(TimeSpan by) => Interlocked.Add(ref now, by.Ticks);

    /// <summary>Every limit that runs is over.</summary>
    public void EndLimits()
    {
        foreach (var limit in limits.Keys) limit.End();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var limit = new Limit(this, dueTime, () => callback(state));
        if (dueTime > LongestPause)
        {
            limits[limit] = true;
        }
        else if (dueTime >= TimeSpan.Zero)
        {
            pauses.Enqueue(dueTime);
            Advance(dueTime);
            ThreadPool.QueueUserWorkItem(_ => callback(state));
        }
        return limit;
    }

    private sealed class Limit(BeeClock clock, TimeSpan length, Action end) : ITimer
    {
        public TimeSpan Length => length;

        public void End()
        {
            Dispose();
            end();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose() => clock.limits.TryRemove(this, out _);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
