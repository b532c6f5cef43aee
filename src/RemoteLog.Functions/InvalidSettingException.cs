namespace RemoteLog.Functions;

/// <summary>The service cannot start as it is configured; the message says which setting and what to do.</summary>
public sealed class InvalidSettingException(string message, Exception? inner = null) : Exception(message, inner);
