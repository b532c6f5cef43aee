using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;

namespace RemoteLog.Client;

/// <summary>How a checkpoint came to be known.</summary>
public enum Mark
{
    /// <summary>The server showed it: there is a log at least this long.</summary>
    Seen,

    /// <summary>Every entry up to it was followed along the chain, or written here.</summary>
    Walked,
}

/// <summary>
/// What a device must not forget about a log, or a server could roll it back or show it another history unnoticed, and the device's own writer
/// could sign two histories by accident. Durable once a task completes.
/// </summary>
public interface ILogMemory
{
    /// <summary>The newest checkpoint under <paramref name="mark"/>; null when nothing is remembered.</summary>
    ValueTask<Checkpoint?> FindAsync(LogName log, Mark mark, CancellationToken cancellationToken);

    /// <summary>Remembers a checkpoint whose signature was checked. It never goes back: an older one than is remembered changes nothing.</summary>
    ValueTask RaiseAsync(Mark mark, Checkpoint checkpoint, CancellationToken cancellationToken);

    /// <summary>Index of the newest update of the log's mirror that was seen; null when none was.</summary>
    ValueTask<ulong?> FindUpdateAsync(LogName log, EthereumAddress publisher, CancellationToken cancellationToken);

    /// <summary>Remembers an update of the log's mirror. It never goes back.</summary>
    ValueTask RaiseUpdateAsync(LogName log, EthereumAddress publisher, ulong index, CancellationToken cancellationToken);

    /// <summary>The update of the log's mirror, signed by this device, that may or may not be written; null when none is under way.</summary>
    ValueTask<PendingUpdate?> FindPendingUpdateAsync(LogName log, EthereumAddress publisher, CancellationToken cancellationToken);

    /// <summary>Remembers an update before it is written, or with null that none is under way any more.</summary>
    ValueTask SetPendingUpdateAsync(LogName log, EthereumAddress publisher, PendingUpdate? update, CancellationToken cancellationToken);

    /// <summary>The signed segment that may or may not have reached the server; null when none is under way.</summary>
    ValueTask<ReadOnlyMemory<byte>?> FindPendingAsync(LogName log, CancellationToken cancellationToken);

    /// <summary>
    /// Remembers a signed segment before it is sent, or with null that none is under way any more. Giving up a segment by hand (one that the server
    /// refuses for good) lets the writer sign other entries with the same numbers: if any server kept the first, that is a fork.
    /// </summary>
    ValueTask SetPendingAsync(LogName log, ReadOnlyMemory<byte>? segment, CancellationToken cancellationToken);

    /// <summary>Keeps other writers on this device away from the log until disposed of.</summary>
    /// <exception cref="LogInUseException">Another has it.</exception>
    IDisposable Claim(LogName log);
}
