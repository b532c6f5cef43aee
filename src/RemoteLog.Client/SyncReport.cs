using RemoteLog.Protocol;

namespace RemoteLog.Client;

/// <summary>What came of a hint.</summary>
public enum HintOutcome
{
    /// <summary>What moved was pulled, as far as <see cref="SyncReport.IsComplete"/> says.</summary>
    Synced,

    /// <summary>It was the hint that confirms the registration: it does from now on. Everything followed was pulled.</summary>
    Confirmed,

    /// <summary>Too many hints lately: noted down, and pulled with the next one.</summary>
    TooSoon,

    /// <summary>No hint for this device: not encrypted to its key, or it was never registered.</summary>
    Unreadable,
}

/// <summary>What a hint caused.</summary>
public sealed record SyncReport
{
    public HintOutcome Outcome { get; init; }

    /// <summary>What the hint said, which nobody vouches for; null where there was none, or none that could be read.</summary>
    public Hint? Hint { get; init; }

    /// <summary>Logs that were pulled, some perhaps not to their end.</summary>
    public IReadOnlyList<LogName> Logs { get; init; } = [];

    /// <summary>Entries handed over, each verified.</summary>
    public long Entries { get; init; }

    /// <summary>Bytes of messages and content received.</summary>
    public long Bytes { get; init; }

    /// <summary>Whether everything that moved is here. If not, no hint will say so again: sync when there is time, or the next hint goes on with it.</summary>
    public bool IsComplete { get; init; }

    /// <summary>Whether the server knows what the device has now. If not, it is told with the next sync.</summary>
    public bool IsReported { get; init; }

    /// <summary>What went wrong with single logs. A <see cref="VerificationException"/> among them deserves to be shown.</summary>
    public IReadOnlyDictionary<LogName, RemoteLogException> Faults { get; init; } = new Dictionary<LogName, RemoteLogException>();
}
