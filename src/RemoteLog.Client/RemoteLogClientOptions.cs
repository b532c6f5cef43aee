namespace RemoteLog.Client;

/// <summary>How long to try. Every call is safe to repeat, so the defaults ride out a restarting server.</summary>
public sealed record RemoteLogClientOptions
{
    /// <summary>Attempts after the first one; 0: give up at once.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>Wait before the first retry, doubled for each further one, more or less at random.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest wait. A server that asks for a longer one (Retry-After) is taken at its word and not asked again.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For one attempt at anything but content, and for each message of a stream. Longer than any wait for a head.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>For one attempt at sending or fetching content, which may be long and the line slow.</summary>
    public TimeSpan ContentTimeout { get; init; } = TimeSpan.FromMinutes(30);
}
