using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Storage.Embedded;

/// <summary>What was last mirrored of each log, in the database.</summary>
internal sealed class MirrorFeeds(Writer writer, Readers readers) : IMirrorFeeds
{
    public ValueTask<StoredUpdate?> FindAsync(LogName log, CancellationToken cancellationToken) => new(readers.Read(session =>
    {
        using var row = session.Query("SELECT place, sequence, sealed, written, version, bytes FROM mirror_feeds WHERE log = ?1", log.Id.Span.ToArray());
        return row.Read()
            ? new StoredUpdate(
                new FeedUpdate(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.Bytes(5), row.GetInt64(3) == 1), row.GetInt64(4).ToString())
            : null;
    }));

    public async ValueTask<StoredUpdate?> TryReplaceAsync(LogName log, StoredUpdate? current, FeedUpdate next, CancellationToken cancellationToken)
    {
        var version = current is null ? 1 : long.Parse(current.Version) + 1;
        var id = log.Id.Span.ToArray();
        var changed = await writer.RunAsync(
            session => current is null
                ? session.Execute(
                    "INSERT INTO mirror_feeds (log, place, sequence, sealed, written, version, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
                    id, next.Index, next.Sequence, next.Sealed, next.IsWritten ? 1 : 0, version, next.Bytes.AsArray())
                : session.Execute(
                    "UPDATE mirror_feeds SET place = ?2, sequence = ?3, sealed = ?4, written = ?5, version = ?6, bytes = ?7 WHERE log = ?1 AND version = ?6 - 1",
                    id, next.Index, next.Sequence, next.Sealed, next.IsWritten ? 1 : 0, version, next.Bytes.AsArray()),
            cancellationToken);
        return changed == 1 ? new StoredUpdate(next, version.ToString()) : null;
    }
}
