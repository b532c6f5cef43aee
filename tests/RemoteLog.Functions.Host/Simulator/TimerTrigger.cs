namespace RemoteLog.Functions.Host.Simulator;

/// <summary>
/// Calls one function by the clock (contract 3.3; 7.18). Of all instances only one has the timer, until it goes: it holds the lease. One run at a time.
/// </summary>
internal sealed class TimerTrigger(TimerFunction function, Invoker invoker, TimeProvider time, TimerLease lease) : IDisposable
{
    /// <summary>A call that comes later than this is past due.</summary>
    private static readonly TimeSpan Punctual = TimeSpan.FromSeconds(1);

    private DateTimeOffset? last;
    private DateTimeOffset next = After(time.GetUtcNow(), function.Minutes);
    private int isRunning;

    public TimerFunction Function => function;

    /// <summary>Calls the function if its time has come. True when it succeeded, false when it failed, null when it was not called.</summary>
    public async Task<bool?> PollAsync()
    {
        var now = time.GetUtcNow();
        if (!lease.TryTake(this) || now < next || Interlocked.Exchange(ref isRunning, 1) == 1) return null;
        try
        {
            // An occurrence that was missed is made good by one call, however many there were.
            var fault = await invoker.FindFaultAsync(function, Envelope.OfTimer(function, last, next, now - next > Punctual, now));
            (last, next) = (now, After(now, function.Minutes));
            return fault is null;
        }
        finally
        {
            Volatile.Write(ref isRunning, 0);
        }
    }

    /// <summary>The instance goes.</summary>
    public void Dispose() => lease.Release(this);

    private static DateTimeOffset After(DateTimeOffset now, int minutes)
    {
        var hour = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero);
        return hour.AddMinutes((now.Minute / minutes + 1) * minutes);
    }
}
