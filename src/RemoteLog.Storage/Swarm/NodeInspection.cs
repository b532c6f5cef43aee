namespace RemoteLog.Storage.Swarm;

/// <summary>What a node says of itself when asked now.</summary>
/// <param name="Address">Of its API.</param>
/// <param name="Failure">Why it could not be asked; null when it answered.</param>
public sealed record NodeInspection(Uri Address, string? Failure)
{
    /// <summary>Of the Bee that runs there.</summary>
    public string Version { get; init; } = "";

    /// <summary>Of its HTTP API.</summary>
    public string ApiVersion { get; init; } = "";

    /// <summary>Whether it speaks the API that this store speaks.</summary>
    public bool IsKnownApi => ApiVersion.Split('.')[0] == "8";

    /// <summary>Whether it has caught up with the chain and can do its work.</summary>
    public bool IsReady { get; init; }

    /// <summary>With how many others it is connected; null where it cannot tell.</summary>
    public int? Peers { get; init; }
}

/// <summary>What became of content that was sent through a node and asked back from it.</summary>
/// <param name="Address">Of the node's API.</param>
/// <param name="Failure">Why it did not come back; null when it did.</param>
/// <param name="IsStored">Whether at least the upload succeeded.</param>
public sealed record NodeRoundTrip(Uri Address, string? Failure, bool IsStored);
