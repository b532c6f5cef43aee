using System.Collections.Concurrent;

namespace RemoteLog.Testing;

/// <summary>Time in which waits are over at once and noted; timeouts, which are longer than any wait, never come.</summary>
public sealed class ImpatientClock : TimeProvider
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);
    private readonly ConcurrentQueue<TimeSpan> waits = [];
    private long now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).UtcTicks;

    public IReadOnlyList<TimeSpan> Waits => [.. waits];

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref now), TimeSpan.Zero);

    public override long GetTimestamp() => Interlocked.Read(ref now);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime >= TimeSpan.Zero && dueTime <= LongestWait)
        {
            waits.Enqueue(dueTime);
            Interlocked.Add(ref now, dueTime.Ticks);
            ThreadPool.QueueUserWorkItem(_ => callback(state));
        }
        return new Timer();
    }

    private sealed class Timer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => default;
    }
}
