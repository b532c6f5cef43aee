namespace RemoteLog.Server.Storage;

/// <summary>
/// Storage could not be reached, was too busy, or did not answer in time. The cause passes: the same request may succeed later, and asking again is
/// always safe. Whether a change took effect is not known.
/// </summary>
public class StorageUnavailableException(string message, TimeSpan retryAfter, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>How long to wait before asking again, as storage itself said or, where it did not, a sensible guess.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}
