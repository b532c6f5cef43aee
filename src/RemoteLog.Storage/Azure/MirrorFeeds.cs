using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Storage.Azure.Tables;

namespace RemoteLog.Storage.Azure;

/// <summary>What was last mirrored of each log, in a row beside its head.</summary>
internal sealed class MirrorFeeds(Rendezvous<Table> tables) : IMirrorFeeds
{
    public async ValueTask<StoredUpdate?> FindAsync(LogName log, CancellationToken cancellationToken) =>
        await tables.Of(log.Id).FindAsync(RowKeys.Partition(log), RowKeys.Feed, cancellationToken) is { } row
            ? new StoredUpdate(
                new FeedUpdate(row.Number("place"), row.Number("sequence"), row.Number("sealed"), row.Bytes("bytes"), row.Number("written") == 1), row.ETag)
            : null;

    public async ValueTask<StoredUpdate?> TryReplaceAsync(LogName log, StoredUpdate? current, FeedUpdate next, CancellationToken cancellationToken)
    {
        Property[] properties =
        [
            Property.Of("place", next.Index), Property.Of("sequence", next.Sequence), Property.Of("sealed", next.Sealed),
            Property.Of("written", next.IsWritten ? 1 : 0), Property.Of("bytes", next.Bytes),
        ];
        TableChange change = current is null ? new TableChange.Insert(RowKeys.Feed, properties) : new TableChange.Merge(RowKeys.Feed, properties, current.Version);
        var commit = await tables.Of(log.Id).CommitAsync(RowKeys.Partition(log), [change], cancellationToken);
        if (commit.Applied) return new StoredUpdate(next, commit.ETag);
        if (!commit.Repeated) return null;

        // The answer to the first attempt was lost: what is in the way may be this very update.
        return await FindAsync(log, cancellationToken) is { } stored && IsSame(stored.Update, next) ? stored : null;
    }

    private static bool IsSame(FeedUpdate stored, FeedUpdate next) => stored with { Bytes = next.Bytes } == next && stored.Bytes.Span.SequenceEqual(next.Bytes.Span);
}
