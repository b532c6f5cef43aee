using System.Net.Http.Headers;
using RemoteLog.Protocol;

namespace RemoteLog.Client;

/// <summary>Where logs can be read: a RemoteLog server, or a mirror. None of it is believed.</summary>
internal interface ILogSource
{
    TimeProvider Time { get; }

    /// <summary>Between two looks for what was not there.</summary>
    TimeSpan Pause { get; }

    /// <summary>What is said to be the log's head; null when no such log is known.</summary>
    Task<HeadAnswer?> FindHeadAsync(LogName log, CancellationToken cancellationToken);

    /// <summary>The head once it is another than <paramref name="known"/>; null when it stayed the same for <paramref name="wait"/>.</summary>
    Task<HeadAnswer?> WaitForHeadAsync(LogName log, EntityTagHeaderValue known, TimeSpan wait, CancellationToken cancellationToken);

    /// <summary>The log's messages, oldest first.</summary>
    IMessageSource OpenMessages(LogName log);

    /// <summary>Whether content under such addresses can be had here at all.</summary>
    bool Serves(CidKind kind);

    /// <summary>Content under its address, all in memory and not checked yet; null when there is none.</summary>
    Task<ReadOnlyMemory<byte>?> FindContentAsync(Cid address, long maxBytes, CancellationToken cancellationToken);

    /// <summary>Evidence against the log's owner, unchecked.</summary>
    Task<IReadOnlyList<Fork>> GetForksAsync(LogName log, CancellationToken cancellationToken);
}

/// <summary>A log's <c>RemoteLog</c> messages on their way.</summary>
internal interface IMessageSource : IDisposable
{
    /// <summary>The next message; null at the end of the log.</summary>
    /// <param name="after">The newest entry received so far: where to go on.</param>
    ValueTask<ReadOnlyMemory<byte>?> ReadAsync(long after, CancellationToken cancellationToken);
}
