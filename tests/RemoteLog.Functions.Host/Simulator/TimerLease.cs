namespace RemoteLog.Functions.Host.Simulator;

/// <summary>What the host keeps in its storage account so that one timer runs across all instances: whoever asks first has it until it lets go.</summary>
internal sealed class TimerLease
{
    private TimerTrigger? holder;

    public bool TryTake(TimerTrigger trigger) => (Interlocked.CompareExchange(ref holder, trigger, null) ?? trigger) == trigger;

    public void Release(TimerTrigger trigger) => Interlocked.CompareExchange(ref holder, null, trigger);
}
