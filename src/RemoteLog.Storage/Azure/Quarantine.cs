using System.Globalization;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Storage.Azure.Tables;

namespace RemoteLog.Storage.Azure;

/// <summary>
/// Refused messages, in one partition of a table of their own: <c>i…</c> an item by its id, <c>d…</c> its id by the digest of its bytes, so that the same
/// bytes are one item, and <c>next</c> with the id to give out next. Bytes too long for a row lie in a blob, which stays when its item is removed.
/// </summary>
internal sealed class Quarantine(Table table, RowPayload payload) : IQuarantine
{
    private const string Partition = "quarantine";
    private const string Next = "next";

    public async ValueTask AddAsync(ReadOnlyMemory<byte> bytes, string? log, string reason, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var digest = $"d{Digest.Of(bytes.Span)}";
        IEnumerable<Property> properties =
        [
            Property.Of("log", log ?? string.Empty), Property.Of("reason", reason), Property.Of("moment", at.UtcTicks), Property.Of("digest", digest),
            .. await payload.StoreAsync(bytes, cancellationToken),
        ];
        while (true)
        {
            if (await table.FindAsync(Partition, digest, cancellationToken) is { } known)
            {
                var newer = new TableChange.Merge(ItemKey(known.Number("id")), [Property.Of("reason", reason)], TableChange.AnyETag);
                if ((await table.CommitAsync(Partition, [newer], cancellationToken)).Applied) return;
                continue;
            }

            // A conflict: another message took this id, or was this very one. Each turn somebody's was added, so this ends.
            var next = await table.FindAsync(Partition, Next, cancellationToken);
            var id = next?.Number("id") ?? 1;
            Property[] counter = [Property.Of("id", id + 1)];
            TableChange[] changes =
            [
                next is null ? new TableChange.Insert(Next, counter) : new TableChange.Merge(Next, counter, next.Value.ETag),
                new TableChange.Insert(digest, [Property.Of("id", id)]),
                new TableChange.Insert(ItemKey(id), [.. properties]),
            ];
            if ((await table.CommitAsync(Partition, changes, cancellationToken)).Applied) return;
        }
    }

    public async ValueTask<IReadOnlyList<QuarantineItem>> ListAsync(long after, int max, CancellationToken cancellationToken)
    {
        var filter = $"PartitionKey eq '{Partition}' and RowKey gt '{ItemKey(after)}' and RowKey lt 'j'";
        List<QuarantineItem> items = [];
        Continuation? next = null;
        do
        {
            var portion = await table.QueryAsync(filter, max - items.Count, next, cancellationToken);
            items.AddRange(portion.Rows.Select(Read));
            next = portion.Next;
        }
        while (next is not null && items.Count < max);
        return items;
    }

    public async ValueTask<ReadOnlyMemory<byte>?> FindAsync(long id, CancellationToken cancellationToken) =>
        await table.FindAsync(Partition, ItemKey(id), cancellationToken) is { } row ? await payload.FindAsync(row, cancellationToken) : null;

    public async ValueTask<bool> RemoveAsync(long id, CancellationToken cancellationToken)
    {
        if (await table.FindAsync(Partition, ItemKey(id), cancellationToken) is not { } row) return false;
        TableChange[] changes =
        [
            new TableChange.Delete(ItemKey(id), TableChange.AnyETag),
            new TableChange.Delete(row.Text("digest"), TableChange.AnyETag),
        ];

        // A conflict after the request was sent again is with itself.
        var commit = await table.CommitAsync(Partition, changes, cancellationToken);
        return commit.Applied || commit.Repeated;
    }

    private static string ItemKey(long id) => $"i{id:x16}";

    private static QuarantineItem Read(TableRow row) => new(
        long.Parse(row.Key.AsSpan(1), NumberStyles.AllowHexSpecifier), row.Text("log") is { Length: > 0 } log ? log : null, row.Text("reason"),
        new DateTimeOffset(row.Number("moment"), TimeSpan.Zero), RowPayload.SizeOf(row));
}
