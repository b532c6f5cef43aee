using System.Net.Http.Headers;
using RemoteLog.Protocol;

namespace RemoteLog.Client;

/// <summary>A head as the server told it; its signature is not checked yet.</summary>
/// <param name="Head">The head.</param>
/// <param name="ETag">Names this state of it, to wait for another.</param>
public sealed record HeadAnswer(Head Head, EntityTagHeaderValue ETag);
