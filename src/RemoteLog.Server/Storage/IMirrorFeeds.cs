using RemoteLog.Protocol;

namespace RemoteLog.Server.Storage;

/// <summary>
/// Per log: the newest update of its feed, kept from before it is written. A feed must never get two updates at one index, nor miss one; so an index is
/// taken here first, together with the very bytes, and whoever finds it not written yet writes those.
/// </summary>
public interface IMirrorFeeds
{
    /// <summary>Null when the log was never mirrored. Sees every change that completed before.</summary>
    ValueTask<StoredUpdate?> FindAsync(LogName log, CancellationToken cancellationToken);

    /// <summary>Puts an update in the place of the one last read. Durable once the task completes.</summary>
    /// <param name="current">As last read, and it must still be so; null: there must be none.</param>
    /// <returns>As stored; null when another change came first and nothing was stored.</returns>
    ValueTask<StoredUpdate?> TryReplaceAsync(LogName log, StoredUpdate? current, FeedUpdate next, CancellationToken cancellationToken);
}

/// <summary>An update of a log's feed.</summary>
/// <param name="Index">Its place in the feed, from 0.</param>
/// <param name="Sequence">The newest entry that it tells of.</param>
/// <param name="Sealed">The newest entry in a page that it tells of.</param>
/// <param name="Bytes">Signed and complete, as it is to be written; some kilobytes at the most.</param>
/// <param name="IsWritten">Whether it is known to be where readers look.</param>
public sealed record FeedUpdate(long Index, long Sequence, long Sealed, ReadOnlyMemory<byte> Bytes, bool IsWritten);

/// <summary>An update as it is stored.</summary>
/// <param name="Update">The update.</param>
/// <param name="Version">Changes whenever the update does; opaque.</param>
public sealed record StoredUpdate(FeedUpdate Update, string Version);
