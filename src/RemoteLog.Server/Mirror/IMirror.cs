using RemoteLog.Protocol;

namespace RemoteLog.Server.Mirror;

/// <summary>A place outside this service where anybody can find a log by its name: a feed of updates for each log, at the indices 0, 1, 2…</summary>
public interface IMirror
{
    /// <summary>The first index from <paramref name="from"/> on that has no update, as far as can be told.</summary>
    ValueTask<long> FindFreeAsync(LogName log, long from, CancellationToken cancellationToken);

    /// <summary>Makes an update, and stores whatever it needs beside itself. It is not to be found yet.</summary>
    /// <param name="message">A <see cref="MirrorMessage"/>.</param>
    /// <returns>The update, signed and complete.</returns>
    ValueTask<ReadOnlyMemory<byte>> PrepareAsync(LogName log, long index, ReadOnlyMemory<byte> message, CancellationToken cancellationToken);

    /// <summary>Writes an update where readers look. The same again changes nothing.</summary>
    /// <param name="update">What <see cref="PrepareAsync"/> made.</param>
    /// <returns>False when another update has its index, so that nobody will ever see this one.</returns>
    ValueTask<bool> TryWriteAsync(LogName log, ReadOnlyMemory<byte> update, CancellationToken cancellationToken);
}
