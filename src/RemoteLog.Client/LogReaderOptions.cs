namespace RemoteLog.Client;

/// <summary>What a reader may use.</summary>
public sealed record LogReaderOptions
{
    /// <summary>Bytes received before the signature behind them is checked and they are handed out: memory against signature checks.</summary>
    public int ReadAheadBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Larger data that is kept on its own is not fetched.</summary>
    public long MaxContentBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>How much content is fetched at the same time.</summary>
    public int ParallelFetches { get; init; } = 8;

    /// <summary>How long the server is asked to hold a request until there is something new.</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromSeconds(55);
}
