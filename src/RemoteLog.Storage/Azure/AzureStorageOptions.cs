namespace RemoteLog.Storage.Azure;

/// <summary>Which storage accounts, and who we are to them.</summary>
public sealed record AzureStorageOptions
{
    /// <summary>
    /// Names of storage accounts, or connection strings of the emulator; any other connection string is refused, since it holds a key. Logs and content are
    /// spread over all of them by rendezvous hashing; jobs are on the first. An account added later takes over logs of the others, so these must be moved first.
    /// </summary>
    public required IReadOnlyList<string> Accounts { get; init; }

    /// <summary>The client id of a user-assigned managed identity; null: the identity that the environment gives.</summary>
    public string? ClientId { get; init; }

    /// <summary>What the accounts' host names end in: another one in sovereign clouds.</summary>
    public string EndpointSuffix { get; init; } = "core.windows.net";

    /// <summary>What the names of our tables, containers and queues begin with: 3 to 20 letters and digits, in lower case, the first a letter.</summary>
    public string Prefix { get; init; } = "remotelog";

    /// <summary>How long a request is sent again while storage is busy or out of reach.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>How long one answer may take. Well below <see cref="Patience"/>, so that a lost one is asked for again.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}
