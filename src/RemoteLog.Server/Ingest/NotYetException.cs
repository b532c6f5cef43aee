namespace RemoteLog.Server.Ingest;

/// <summary>
/// A message could not be appended for a cause that may pass. It is thrown, not returned, because failing is how a queue is asked to deliver again.
/// </summary>
public sealed class NotYetException(string reason) : Exception($"The segment cannot be appended yet ({reason}); the queue delivers it again.");
