namespace RemoteLog.Functions.Operations;

/// <summary>One thing about the service that can be wrong and that only the service itself can see. All that are registered are run by <see cref="ChecksRoute"/>.</summary>
/// <param name="Name">Stable, such as <c>queues</c>.</param>
/// <param name="RunAsync">Looks. What it throws is a failure: <see cref="Server.Storage.StorageUnavailableException"/> with its words, anything else by its type alone.</param>
public sealed record ServiceCheck(string Name, Func<CancellationToken, ValueTask<CheckFinding>> RunAsync);

/// <summary>What a check found.</summary>
/// <param name="Detail">What is there, in a sentence without secrets.</param>
/// <param name="Advice">What to do about it; null where all is well.</param>
public sealed record CheckFinding(CheckStatus Status, string Detail, string? Advice = null)
{
    public static CheckFinding Ok(string detail) => new(CheckStatus.Ok, detail);

    /// <summary>It works, and somebody should look.</summary>
    public static CheckFinding Warning(string detail, string advice) => new(CheckStatus.Warning, detail, advice);

    /// <summary>It does not work, or data waits for somebody to act.</summary>
    public static CheckFinding Failed(string detail, string advice) => new(CheckStatus.Failed, detail, advice);

    /// <summary>It is not in use.</summary>
    public static CheckFinding Skipped(string detail, string? advice = null) => new(CheckStatus.Skipped, detail, advice);
}

/// <summary>How a check ended.</summary>
public enum CheckStatus
{
    Ok,
    Warning,
    Failed,
    Skipped,
}
