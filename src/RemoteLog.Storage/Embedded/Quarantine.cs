using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Storage.Embedded;

/// <summary>Refused messages in the database.</summary>
internal sealed class Quarantine(Writer writer, Readers readers) : IQuarantine
{
    public async ValueTask AddAsync(ReadOnlyMemory<byte> bytes, string? log, string reason, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var digest = Digest.Of(bytes.Span).Span.ToArray();
        await writer.RunAsync(
            session => session.Execute(
                """
                INSERT INTO quarantine (digest, log, reason, at, bytes) VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT DO UPDATE SET reason = excluded.reason
                """,
                digest, (object?)log ?? DBNull.Value, reason, at.UtcTicks, bytes.AsArray()),
            cancellationToken);
    }

    public ValueTask<IReadOnlyList<QuarantineItem>> ListAsync(long after, int max, CancellationToken cancellationToken) =>
        new(readers.Read<IReadOnlyList<QuarantineItem>>(session =>
        {
            // The length of a blob is read from the row's head: the blob itself stays on the disk.
            using var row = session.Query("SELECT id, log, reason, at, length(bytes) FROM quarantine WHERE id > ?1 ORDER BY id LIMIT ?2", after, max);
            List<QuarantineItem> items = [];
            while (row.Read())
            {
                items.Add(new QuarantineItem(
                    row.GetInt64(0), row.IsDBNull(1) ? null : row.GetString(1), row.GetString(2),
                    new DateTimeOffset(row.GetInt64(3), TimeSpan.Zero), row.GetInt64(4)));
            }
            return items;
        }));

    public ValueTask<ReadOnlyMemory<byte>?> FindAsync(long id, CancellationToken cancellationToken) => new(readers.Read<ReadOnlyMemory<byte>?>(session =>
    {
        using var row = session.Query("SELECT bytes FROM quarantine WHERE id = ?1", id);

        // A plain null would become memory of no bytes.
        return row.Read() ? row.Bytes(0) : (ReadOnlyMemory<byte>?)null;
    }));

    public ValueTask<bool> RemoveAsync(long id, CancellationToken cancellationToken) =>
        writer.RunAsync(session => session.Execute("DELETE FROM quarantine WHERE id = ?1", id) == 1, cancellationToken);
}
