namespace RemoteLog.Server.Storage;

/// <summary>Content is there, but not all of it can be had now.</summary>
public sealed class MissingPartException(string message, TimeSpan retryAfter, Exception? innerException = null)
    : StorageUnavailableException(message, retryAfter, innerException);
