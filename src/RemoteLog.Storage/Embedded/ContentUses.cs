using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Storage.Embedded;

/// <summary>Uses of content, and its unfinished deletions, in the database.</summary>
internal sealed class ContentUses(Writer writer, Readers readers) : IContentUses
{
    public ValueTask<bool> TryUseAsync(Cid content, ContentUse use, CancellationToken cancellationToken) => writer.RunAsync(
        session => 1 == session.Execute(
            """
            INSERT INTO content_uses (content, user, until) SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT * FROM content_deletions WHERE content = ?1)
            ON CONFLICT DO UPDATE SET until = excluded.until
            """,
            content.ToArray(), use.User, use.Until.UtcTicks),
        cancellationToken);

    public ValueTask<IReadOnlyList<DueContent>> FindDueAsync(DateTimeOffset now, int max, CancellationToken cancellationToken) =>
        new(readers.Read<IReadOnlyList<DueContent>>(session =>
        {
            List<DueContent> due = [];
            using (var row = session.Query("SELECT content FROM content_deletions ORDER BY place LIMIT ?1", max))
            {
                while (row.Read()) due.Add(new DueContent(row.Address(0), User: null));
            }
            using (var row = session.Query(
                "SELECT content, user FROM content_uses WHERE until <= ?1 ORDER BY until LIMIT ?2", now.UtcTicks, max - due.Count))
            {
                while (row.Read()) due.Add(new DueContent(row.Address(0), row.GetString(1)));
            }
            return due;
        }));

    public ValueTask<bool> EndAsync(Cid content, string user, CancellationToken cancellationToken) => writer.RunAsync(
        session =>
        {
            var address = content.ToArray();
            var ended = session.Execute("DELETE FROM content_uses WHERE content = ?1 AND user = ?2", address, user);
            if (ended == 1)
            {
                session.Execute(
                    "INSERT INTO content_deletions (content) SELECT ?1 WHERE NOT EXISTS (SELECT * FROM content_uses WHERE content = ?1)", address);
            }

            // Whoever ends a use again after a crash is told the same again.
            return session.Number("SELECT count(*) FROM content_deletions WHERE content = ?1", address) == 1;
        },
        cancellationToken);

    public async ValueTask ForgetAsync(Cid content, CancellationToken cancellationToken) => await writer.RunAsync(
        session => session.Execute("DELETE FROM content_deletions WHERE content = ?1", content.ToArray()), cancellationToken);
}
