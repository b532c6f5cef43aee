namespace RemoteLog.Push.Http;

/// <summary>A name leads to where this service does not go. The message names neither.</summary>
internal sealed class ForbiddenAddressException() : IOException("The host has a forbidden address.");
