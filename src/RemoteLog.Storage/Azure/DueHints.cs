using System.Globalization;
using System.Runtime.CompilerServices;
using RemoteLog.Protocol;
using RemoteLog.Storage.Azure.Tables;

namespace RemoteLog.Storage.Azure;

/// <summary>
/// Hints at content to look at, ordered by time: finding what is due reads from the oldest on and stops at now, whatever else there is.
/// </summary>
internal sealed class DueHints(Table due, TimeProvider time)
{
    /// <summary>Sorts before the hours, which are digits and may begin with 0.</summary>
    private const string Deletions = "-";

    /// <summary>A hint at nothing may be at something that is just being recorded; one this old is not.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromHours(1);

    /// <summary>The hint at a deletion that begins now.</summary>
    public string NextDeletion(Cid content) => $"{time.GetUtcNow().UtcTicks:x16}-{content}";

    public ValueTask PutDeletionAsync(Cid content, string key, CancellationToken cancellationToken) => PutAsync(Deletions, key, content, [], cancellationToken);

    public ValueTask PutUseAsync(Cid content, string user, long until, CancellationToken cancellationToken) =>
        PutAsync(Hour(until), KeyOf(content, user, until), content, [Property.Of("user", user), Property.Of("until", until)], cancellationToken);

    public ValueTask DropDeletionAsync(string key, CancellationToken cancellationToken) => DropAsync(Deletions, key, cancellationToken);

    public ValueTask DropUseAsync(Cid content, string user, long until, CancellationToken cancellationToken) =>
        DropAsync(Hour(until), KeyOf(content, user, until), cancellationToken);

    /// <summary>Hints at deletions, then those whose time has come, oldest first.</summary>
    public async IAsyncEnumerable<DueHint> FindAsync(DateTimeOffset now, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var row in due.QueryAsync($"PartitionKey eq '{Deletions}'", cancellationToken)) yield return new DueHint(row);

        // Both bounds: the hours by their keys, so that the service reads no further, and within the last one the very time.
        var filter = $"PartitionKey ge '0' and PartitionKey le '{Hour(now.UtcTicks)}' and until le {now.UtcTicks}L";
        await foreach (var row in due.QueryAsync(filter, cancellationToken)) yield return new DueHint(row);
    }

    /// <summary>Removes a hint that points to nothing, unless what it points to may still be on its way.</summary>
    public async ValueTask DropStaleAsync(DueHint hint, CancellationToken cancellationToken)
    {
        if (time.GetUtcNow().UtcTicks - hint.PutAt > Grace.Ticks) await DropAsync(hint.Partition, hint.Key, cancellationToken);
    }

    private static string Hour(long ticks) => (ticks / TimeSpan.TicksPerHour).ToString("x12", CultureInfo.InvariantCulture);

    private static string KeyOf(Cid content, string user, long until) => $"{until:x16}-{content}-{UseRows.KeyOf(user)}";

    private async ValueTask PutAsync(string partition, string key, Cid content, Property[] properties, CancellationToken cancellationToken)
    {
        Property[] all = [Property.Of("content", content.ToString()), Property.Of("put", time.GetUtcNow().UtcTicks), .. properties];
        await due.CommitAsync(partition, [new TableChange.Merge(key, all, ETag: null)], cancellationToken);
    }

    /// <summary>Dropping what is not there succeeds.</summary>
    private async ValueTask DropAsync(string partition, string key, CancellationToken cancellationToken) =>
        await due.CommitAsync(partition, [new TableChange.Delete(key, TableChange.AnyETag)], cancellationToken);
}

/// <summary>One hint.</summary>
internal readonly struct DueHint(TableRow row)
{
    public string Partition => row.Partition;

    public string Key => row.Key;

    public Cid Content => Cid.Parse(row.Text("content"));

    /// <summary>Null at a deletion.</summary>
    public string? User => row.Has("user") ? row.Text("user") : null;

    public long Until => row.Number("until");

    public long PutAt => row.Number("put");
}
