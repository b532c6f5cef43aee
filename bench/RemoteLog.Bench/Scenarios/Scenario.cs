using RemoteLog.Bench.Limits;

namespace RemoteLog.Bench.Scenarios;

/// <summary>Something that can be measured by itself.</summary>
/// <param name="Name">For <c>--only</c>.</param>
/// <param name="What">For the help.</param>
/// <param name="RunAsync">Measures it, and tells how far it is.</param>
internal sealed record Scenario(string Name, string What, Func<Effort, Action<string>, Task<IReadOnlyList<Measurement>>> RunAsync)
{
    public static readonly IReadOnlyList<Scenario> All =
    [
        new("crypto", "P-256 and SHA-256 on one core", CryptoLimits.RunAsync),
        new("sqlite", "SQLite commits with and without grouping", SqliteLimits.RunAsync),
        new("append", "single appends by 64 writers, beside bare Kestrel and the checking and syncing floor", AppendScenario.RunSingleAsync),
        new("append-32", "the same with 32 messages a request", AppendScenario.RunBatchAsync),
        new("catch-up", "reading 10,000 messages, verified", CatchUpScenario.RunAsync),
        new("length", "append and head latency by the length of the log", LengthScenario.RunAsync),
        new("azure", "single appends to the published app on the storage emulator, beside the same transactions without it", AzureScenario.RunAsync),
        new("hints", "one append to a log with 100,000 followers, until every one of them is hinted; and how often a busy log wakes a device", HintScenario.RunAsync),
        new("swarm", "the Swarm reference of data, beside Swarm's own client in JavaScript, on one core each", SwarmScenario.RunAsync),
        new("cold-start", "the published app, from its start to the first accepted append", ColdStartScenario.RunAsync),
    ];
}
