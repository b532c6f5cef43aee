using Microsoft.Data.Sqlite;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Storage.Embedded;

/// <summary>Heads, tails, page records and forks in the database.</summary>
internal sealed class NameRegistry(Writer writer, Readers readers) : INameRegistry
{
    // A service signs with one key at a time, and finding the curve point behind a name costs more than all else about reading a head.
    private volatile Owner? lastSigner;

    // Where the last search for unsealed logs ended: a row of heads.
    private long lastUnsealed;

    public ValueTask<StoredHead?> FindHeadAsync(LogName log, CancellationToken cancellationToken) => new(readers.Read(session =>
    {
        using var row = session.Query("SELECT head, tail_bytes, version FROM heads WHERE log = ?1", log.Key());
        return row.Read() ? ReadHead(log, row) : null;
    }));

    public ValueTask<StoredHead?> TryAppendAsync(StoredHead? current, Head next, SegmentRecord segment, CancellationToken cancellationToken)
    {
        var stored = Next(current, next, (current?.TailBytes ?? 0) + segment.Block.Length);
        return writer.RunAsync(
            session =>
            {
                if (!TryReplace(session, current, stored)) return null;
                session.Execute(
                    "INSERT INTO segments (log, last, first, before, link, signature, block) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    next.Log.Key(), segment.Last, segment.First, segment.Before.Span.ToArray(), segment.Link.Span.ToArray(),
                    segment.Signature.Span.ToArray(), segment.Block.AsArray());
                return stored;
            },
            cancellationToken);
    }

    public ValueTask<StoredHead?> TrySealAsync(
        StoredHead current, Head next, PageRecord page, IReadOnlyList<SegmentRecord> replaced, CancellationToken cancellationToken)
    {
        var stored = Next(current, next, current.TailBytes - replaced.Sum(segment => (long)segment.Block.Length));
        return writer.RunAsync(
            session =>
            {
                if (!TryReplace(session, current, stored)) return null;
                session.Execute(
                    "INSERT INTO pages (log, last, first, address, size) VALUES (?1, ?2, ?3, ?4, ?5)",
                    next.Log.Key(), page.Last, page.First, page.Address.ToArray(), page.Size);
                var dropped = session.Execute("DELETE FROM segments WHERE log = ?1 AND last <= ?2", next.Log.Key(), page.Last);
                if (dropped != replaced.Count)
                {
                    throw new InvalidOperationException($"A page up to {page.Last} of {next.Log} would drop {dropped} segments and not {replaced.Count}.");
                }
                return stored;
            },
            cancellationToken);
    }

    public ValueTask<Tail?> ReadTailAsync(LogName log, long after, int maxBytes, CancellationToken cancellationToken) => new(readers.Read(session =>
    {
        // One statement, so one moment.
        using var row = session.Query(
            """
            SELECT head, tail_bytes, version, first, last, before, link, signature, length(block), block
            FROM heads LEFT JOIN segments ON segments.log = heads.log AND last > ?2
            WHERE heads.log = ?1 ORDER BY last
            """,
            log.Key(), after);
        if (!row.Read()) return null;

        var head = ReadHead(log, row);
        List<SegmentRecord> segments = [];
        if (row.IsDBNull(3)) return new Tail(head, segments);
        long left = maxBytes;
        do
        {
            left -= row.GetInt64(8);
            if (left < 0 && segments.Count > 0) break;
            segments.Add(new SegmentRecord(
                row.GetInt64(3), row.GetInt64(4), new Digest(row.Bytes(5)), new Digest(row.Bytes(6)), new Signature(row.Bytes(7)), row.Bytes(9)));
        }
        while (row.Read());
        return new Tail(head, segments);
    }));

    public ValueTask<IReadOnlyList<PageRecord>> ReadPagesAsync(LogName log, long after, int max, CancellationToken cancellationToken) =>
        new(readers.Read<IReadOnlyList<PageRecord>>(session =>
        {
            using var row = session.Query(
                "SELECT first, last, address, size FROM pages WHERE log = ?1 AND last > ?2 ORDER BY last LIMIT ?3", log.Key(), after, max);
            List<PageRecord> pages = [];
            while (row.Read()) pages.Add(new PageRecord(row.GetInt64(0), row.GetInt64(1), row.Address(2), row.GetInt64(3)));
            return pages;
        }));

    public async ValueTask AddForkAsync(Fork fork, int max, CancellationToken cancellationToken) => await writer.RunAsync(
        session => session.Execute(
            """
            INSERT INTO forks (log, sequence, link, fork) SELECT ?1, ?2, ?3, ?4 WHERE (SELECT count(*) FROM forks WHERE log = ?1) < ?5
            ON CONFLICT DO NOTHING
            """,
            fork.Refused.Log.Key(), fork.Refused.Sequence, fork.Refused.Link.Span.ToArray(), fork.ToArray(), max),
        cancellationToken);

    public ValueTask<IReadOnlyList<Fork>> ReadForksAsync(LogName log, CancellationToken cancellationToken) =>
        new(readers.Read<IReadOnlyList<Fork>>(session =>
        {
            using var row = session.Query("SELECT fork FROM forks WHERE log = ?1 ORDER BY place", log.Key());
            List<Fork> forks = [];
            while (row.Read())
            {
                if (!Fork.TryParse(row.Bytes(0), out var fork)) throw new InvalidDataException($"A stored fork of {log} is damaged.");
                forks.Add(fork);
            }
            return forks;
        }));

    public ValueTask<IReadOnlyList<LogName>> FindUnsealedAsync(int entries, long bytes, int max, CancellationToken cancellationToken) =>
        new(readers.Read<IReadOnlyList<LogName>>(session =>
        {
            // Runs over all heads: an index would have to follow every append, for a question asked a few times an hour.
            using var row = session.Query(
                """
                SELECT owner, topic, rowid FROM heads
                WHERE rowid > ?4 AND sequence > sealed AND (sequence - sealed >= ?1 OR tail_bytes >= ?2) ORDER BY rowid LIMIT ?3
                """,
                entries, bytes, max, Volatile.Read(ref lastUnsealed));
            List<LogName> logs = [];
            var last = 0L;
            while (row.Read())
            {
                logs.Add(new LogName(Owner.Parse(row.GetString(0)), Topic.Parse(row.GetString(1))));
                last = row.GetInt64(2);
            }
            Volatile.Write(ref lastUnsealed, logs.Count < max ? 0 : last);
            return logs;
        }));

    private static StoredHead Next(StoredHead? current, Head next, long tailBytes) =>
        new(next, next.ToArray(), tailBytes, (VersionOf(current) + 1).ToString());

    private static long VersionOf(StoredHead? head) => head is null ? 0 : long.Parse(head.Version);

    private static bool TryReplace(Session session, StoredHead? current, StoredHead next)
    {
        var (head, key, bytes) = (next.Head, next.Head.Log.Key(), next.Bytes.AsArray());
        return current is null
            ? 1 == session.Execute(
                """
                INSERT INTO heads (log, owner, topic, sequence, sealed, tail_bytes, version, head) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7)
                ON CONFLICT DO NOTHING
                """,
                key, head.Log.Owner.Name, head.Log.Topic.Value, head.Sequence, head.Sealed, next.TailBytes, bytes)
            : 1 == session.Execute(
                """
                UPDATE heads SET sequence = ?3, sealed = ?4, tail_bytes = ?5, version = version + 1, head = ?6
                WHERE log = ?1 AND version = ?2
                """,
                key, VersionOf(current), head.Sequence, head.Sealed, next.TailBytes, bytes);
    }

    private StoredHead ReadHead(LogName log, SqliteDataReader row)
    {
        var bytes = row.Bytes(0);
        if (!Head.TryParse(bytes, log, lastSigner, out var head)) throw new InvalidDataException($"The stored head of {log} is damaged.");
        if (head.Receipt is { Signer: var signer }) lastSigner = signer;
        return new StoredHead(head, bytes, row.GetInt64(1), row.GetInt64(2).ToString());
    }
}
