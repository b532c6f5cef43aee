namespace RemoteLog.Bench;

/// <summary>How long to measure.</summary>
internal sealed record Effort
{
    public static readonly Effort Full = new();

    /// <summary>A look at it, in about a minute. Noisier, and its longest log is of 100,000 entries.</summary>
    public static readonly Effort Quick = new()
    {
        Rounds = 3,
        RequestsPerWriter = 100,
        LogLengths = [1_000, 10_000, 100_000],
        Exchanges = 200,
        CatchUps = 10,
        LimitTime = TimeSpan.FromSeconds(0.2),
    };

    /// <summary>How often a limit and what is held against it are measured in turn; one more round before them warms up.</summary>
    public int Rounds { get; private init; } = 5;

    /// <summary>Single appends by each of 64 writers in a round.</summary>
    public int RequestsPerWriter { get; private init; } = 400;

    public IReadOnlyList<int> LogLengths { get; private init; } = [1_000, 10_000, 100_000, 1_000_000];

    /// <summary>Appends, and reads of the head, on a log of each length.</summary>
    public int Exchanges { get; private init; } = 1_000;

    /// <summary>How often to catch up with a whole log.</summary>
    public int CatchUps { get; private init; } = 30;

    /// <summary>For each turn at a limit of the machine.</summary>
    public TimeSpan LimitTime { get; private init; } = TimeSpan.FromSeconds(1);
}
