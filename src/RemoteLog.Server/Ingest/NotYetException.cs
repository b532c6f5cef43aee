namespace RemoteLog.Server.Ingest;

/// <summary>
/// A job could not be done for a cause that may pass. It is thrown, not returned, because failing is how a queue is asked to deliver again.
/// </summary>
public sealed class NotYetException(string reason) : Exception($"Not yet ({reason}); the queue delivers it again.");
