namespace RemoteLog.Bench;

/// <summary>A server did not do what it should: its speed means nothing then.</summary>
internal sealed class BenchException(string message) : Exception(message);
