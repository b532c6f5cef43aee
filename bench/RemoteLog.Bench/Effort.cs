namespace RemoteLog.Bench;

/// <summary>How long to measure.</summary>
internal sealed record Effort
{
    public static readonly Effort Full = new();

    /// <summary>A look at it, in about a minute. Noisier, and its longest log is of 100,000 entries.</summary>
    public static readonly Effort Quick = new()
    {
        Rounds = 5,
        WarmUps = 3,
        RequestsPerWriter = 80,
        LogLengths = [1_000, 10_000, 100_000],
        Exchanges = 200,
        CatchUps = 10,
        Followers = 25_000,
        LimitTime = TimeSpan.FromSeconds(0.1),
        SwarmMebibytes = 4,
        SwarmRounds = 3,
    };

    /// <summary>How often a limit and what is held against it are measured in turn. Many short rounds: whatever else the machine does then hits both.</summary>
    public int Rounds { get; private init; } = 15;

    /// <summary>Rounds before those, which nobody counts: the runtime optimizes what runs often, and takes a while to do so.</summary>
    public int WarmUps { get; private init; } = 5;

    /// <summary>Single appends by each of 64 writers in a round.</summary>
    public int RequestsPerWriter { get; private init; } = 160;

    public IReadOnlyList<int> LogLengths { get; private init; } = [1_000, 10_000, 100_000, 1_000_000];

    /// <summary>Appends, and reads of the head, on a log of each length.</summary>
    public int Exchanges { get; private init; } = 1_000;

    /// <summary>How often to catch up with a whole log.</summary>
    public int CatchUps { get; private init; } = 30;

    /// <summary>Of the log that hints tell of.</summary>
    public int Followers { get; private init; } = 100_000;

    /// <summary>For each turn at a limit of the machine.</summary>
    public TimeSpan LimitTime { get; private init; } = TimeSpan.FromSeconds(0.3);

    /// <summary>Size of the data whose Swarm reference is found.</summary>
    public int SwarmMebibytes { get; private init; } = 16;

    /// <summary>How often Swarm's own client does that: it takes seconds each time.</summary>
    public int SwarmRounds { get; private init; } = 7;
}
