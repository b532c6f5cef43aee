namespace RemoteLog.Client;

/// <summary>What one hint may cost. The defaults fit the half minute that iOS gives an app in the background.</summary>
public sealed record WakeOptions
{
    /// <summary>For all of it: confirming, pulling, and telling the server.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>
    /// Bytes of messages and content received. It ends with the message that exceeds it. Data that is kept on its own and larger than half of this is not
    /// fetched: its entry comes without (<see cref="LogEntry.Data"/>).
    /// </summary>
    public long Bytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Logs pulled at the same time.</summary>
    public int ParallelLogs { get; init; } = 4;

    /// <summary>Hints that are acted upon in a row; beyond that they are noted down only.</summary>
    public int HintBurst { get; init; } = 10;

    /// <summary>For so long a hint counts. Whoever sends more of them, one each time this has passed is acted upon.</summary>
    public TimeSpan HintGap { get; init; } = TimeSpan.FromSeconds(10);
}
