using System.Text;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Storage.Azure.Tables;

namespace RemoteLog.Storage.Azure;

/// <summary>Where uses of content are kept in one account.</summary>
/// <param name="Uses">A partition for each content: its <c>anchor</c>, which every change replaces as last read, and a row for each use.</param>
/// <param name="Due">
/// When to look at what: a partition for each hour, and one before all of them for deletions. A row here is only a hint, put before what it points to
/// and deleted after it, so that a crash leaves a hint too many, never one too few.
/// </param>
internal sealed record UseTables(Table Uses, Table Due);

/// <summary>The rows of one content, as read.</summary>
/// <param name="Anchor">Null when the content has no use and is not being deleted.</param>
/// <param name="Use">That of the user asked about.</param>
internal sealed record UseRows(TableRow? Anchor, TableRow? Use)
{
    private const string AnchorKey = "anchor";

    public bool IsDeleting => Anchor is { } anchor && anchor.Has("deletion");

    /// <summary>The hint at the deletion that was begun.</summary>
    public string Deletion => Anchor!.Value.Text("deletion");

    public long Count => Anchor is { } anchor ? anchor.Number("uses") : 0;

    public static async ValueTask<UseRows> ReadAsync(Table uses, Cid content, string? user, CancellationToken cancellationToken)
    {
        TableRow? anchor = null, use = null;
        var key = KeyOf(user ?? string.Empty);
        await foreach (var row in uses.QueryAsync($"PartitionKey eq '{content}' and (RowKey eq '{AnchorKey}' or RowKey eq '{key}')", cancellationToken))
        {
            if (row.Key == AnchorKey) anchor = row;
            else use = row;
        }
        return new UseRows(anchor, use);
    }

    /// <summary>Records the use, or moves its time.</summary>
    public TableChange[] Record(ContentUse use) =>
    [
        ChangeAnchor(Property.Of("uses", Use is null ? Count + 1 : Count)),
        new TableChange.Merge(KeyOf(use.User), [Property.Of("until", use.Until.UtcTicks)], ETag: null),
    ];

    /// <summary>Ends the use.</summary>
    /// <param name="deletion">The hint at the deletion that begins with this; null when other uses remain.</param>
    public TableChange[] End(string user, string? deletion) =>
    [
        deletion is null
            ? ChangeAnchor(Property.Of("uses", Count - 1))
            : ChangeAnchor(Property.Of("uses", 0), Property.Of("deletion", deletion)),
        new TableChange.Delete(KeyOf(user), TableChange.AnyETag),
    ];

    public TableChange[] Forget() => [new TableChange.Delete(AnchorKey, Anchor!.Value.ETag)];

    /// <summary>Users have names of any length and letters; keys do not.</summary>
    public static string KeyOf(string user) => $"u{Digest.Of(Encoding.UTF8.GetBytes(user))}";

    private TableChange ChangeAnchor(params Property[] properties) => Anchor is { } anchor
        ? new TableChange.Merge(AnchorKey, properties, anchor.ETag)
        : new TableChange.Insert(AnchorKey, properties);
}
