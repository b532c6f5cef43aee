namespace RemoteLog.Client;

/// <summary>The bytes that one sync may receive, shared by all logs it pulls.</summary>
internal sealed class SyncBudget(long bytes)
{
    private long spent;
    private int isOver;
    private int grace = 1;

    public long Spent => Interlocked.Read(ref spent);

    public bool IsSpent => Volatile.Read(ref isOver) != 0 || Spent >= bytes;

    /// <summary>For what is here already.</summary>
    public void Spend(long size) => Interlocked.Add(ref spent, size);

    /// <summary>For what is yet to be fetched. Refused, everything ends.</summary>
    /// <param name="isFirst">Whether its log would not get anywhere without: this is granted once, or what never fits would never be passed.</param>
    public bool TrySpend(long size, bool isFirst)
    {
        if (Interlocked.Add(ref spent, size) <= bytes || (isFirst && Interlocked.Exchange(ref grace, 0) == 1)) return true;
        Interlocked.Add(ref spent, -size);
        Volatile.Write(ref isOver, 1);
        return false;
    }
}
