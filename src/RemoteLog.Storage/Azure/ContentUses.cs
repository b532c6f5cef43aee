using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Storage.Azure.Tables;

namespace RemoteLog.Storage.Azure;

/// <summary>
/// Uses of content in tables. All changes of one content's uses replace its anchor as last read, so either a new use comes in time or the deletion does;
/// whoever comes second looks again. A change may be repeated after its answer was lost: each looks at what is there, and does only what is missing.
/// </summary>
internal sealed class ContentUses(Rendezvous<UseTables> tables, TimeProvider time) : IContentUses
{
    public async ValueTask<bool> TryUseAsync(Cid content, ContentUse use, CancellationToken cancellationToken)
    {
        var (uses, due) = Of(content);
        var until = use.Until.UtcTicks;
        while (true)
        {
            var rows = await UseRows.ReadAsync(uses, content, use.User, cancellationToken);
            if (rows.IsDeleting) return false;
            var moved = rows.Use?.Number("until");
            if (moved == until) return true;

            if (use.Until != ContentUse.Forever) await due.PutUseAsync(content, use.User, until, cancellationToken);
            if (!(await uses.CommitAsync(content.ToString(), rows.Record(use), cancellationToken)).Applied) continue;
            if (moved is { } before && before != ContentUse.Forever.UtcTicks) await due.DropUseAsync(content, use.User, before, cancellationToken);
            return true;
        }
    }

    public async ValueTask<IReadOnlyList<DueContent>> FindDueAsync(DateTimeOffset now, int max, CancellationToken cancellationToken)
    {
        // Each account's are in order; of all together the oldest count.
        List<(long Until, DueContent Content)> found = [];
        foreach (var each in tables.All) found.AddRange(await FindDueAsync(each, now, max, cancellationToken));
        return [.. found.OrderBy(item => item.Until).Take(max).Select(item => item.Content)];
    }

    public async ValueTask<bool> EndAsync(Cid content, string user, CancellationToken cancellationToken)
    {
        var (uses, due) = Of(content);
        while (true)
        {
            var rows = await UseRows.ReadAsync(uses, content, user, cancellationToken);
            if (rows.Use is not { } use) return rows.IsDeleting;

            var deletion = rows.Count == 1 ? due.NextDeletion(content) : null;
            if (deletion is not null) await due.PutDeletionAsync(content, deletion, cancellationToken);
            if (!(await uses.CommitAsync(content.ToString(), rows.End(user, deletion), cancellationToken)).Applied)
            {
                if (deletion is not null && !await IsBegunAsync(uses, content, deletion, cancellationToken)) await due.DropDeletionAsync(deletion, cancellationToken);
                continue;
            }
            await due.DropUseAsync(content, user, use.Number("until"), cancellationToken);
            return deletion is not null;
        }
    }

    public async ValueTask ForgetAsync(Cid content, CancellationToken cancellationToken)
    {
        var (uses, due) = Of(content);
        var rows = await UseRows.ReadAsync(uses, content, user: null, cancellationToken);
        if (!rows.IsDeleting) return;

        // A conflict: another forgot it first.
        await uses.CommitAsync(content.ToString(), rows.Forget(), cancellationToken);
        await due.DropDeletionAsync(rows.Deletion, cancellationToken);
    }

    private static async ValueTask<bool> IsBegunAsync(Table uses, Cid content, string deletion, CancellationToken cancellationToken)
    {
        var rows = await UseRows.ReadAsync(uses, content, user: null, cancellationToken);
        return rows.IsDeleting && rows.Deletion == deletion;
    }

    private async ValueTask<List<(long Until, DueContent Content)>> FindDueAsync(
        UseTables from, DateTimeOffset now, int max, CancellationToken cancellationToken)
    {
        List<(long, DueContent)> found = [];
        var due = new DueHints(from.Due, time);
        await foreach (var hint in due.FindAsync(now, cancellationToken))
        {
            if (found.Count == max) break;
            var rows = await UseRows.ReadAsync(from.Uses, hint.Content, hint.User, cancellationToken);
            if (hint.User is { } user && rows.Use is { } use && use.Number("until") == hint.Until) found.Add((hint.Until, new DueContent(hint.Content, user)));
            else if (hint.User is null && rows.IsDeleting && rows.Deletion == hint.Key) found.Add((0, new DueContent(hint.Content, User: null)));
            else await due.DropStaleAsync(hint, cancellationToken);
        }
        return found;
    }

    private (Table Uses, DueHints Due) Of(Cid content)
    {
        var found = tables.Of(content.Hash);
        return (found.Uses, new DueHints(found.Due, time));
    }
}
