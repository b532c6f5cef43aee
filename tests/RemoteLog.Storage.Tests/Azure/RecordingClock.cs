using System.Collections.Concurrent;

namespace RemoteLog.Storage.Tests.Azure;

/// <summary>A clock on which every wait is over at once, and which keeps how long it would have been.</summary>
internal sealed class RecordingClock : TimeProvider
{
    private readonly ConcurrentQueue<TimeSpan> waits = new();
    private long ticks;

    public IReadOnlyCollection<TimeSpan> Waits => waits;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        waits.Enqueue(dueTime);
        Interlocked.Add(ref ticks, dueTime.Ticks);
        return System.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
