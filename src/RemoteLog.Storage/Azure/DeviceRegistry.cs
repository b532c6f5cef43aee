using System.Globalization;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Storage.Azure.Tables;

namespace RemoteLog.Storage.Azure;

/// <summary>
/// Devices and what they follow in tables. A device has a partition, with its record (<c>device</c>) and a row for each log it follows (<c>f…</c>). A log has
/// one in another table, with a row for each follower (<c>d…</c>) in the order of ids, and their number (<c>count</c>).
/// </summary>
internal sealed class DeviceRegistry(Rendezvous<Table> devices, Rendezvous<Table> follows) : IDeviceRegistry
{
    private const string DeviceKey = "device", CountKey = "count", FollowedPrefix = "f", FollowerPrefix = "d";

    private readonly DueScan due = new(devices);

    public async ValueTask<IReadOnlyList<StoredDevice?>> FindAsync(IReadOnlyList<Digest> ids, CancellationToken cancellationToken)
    {
        var found = new StoredDevice?[ids.Count];
        await SideBySide.ForAsync(ids.Count, async (i, token) => found[i] = await FindAsync(ids[i], token), cancellationToken);
        return found;
    }

    public async ValueTask<IReadOnlyList<bool>> TryReplaceAsync(IReadOnlyList<DeviceChange> changes, CancellationToken cancellationToken)
    {
        var made = new bool[changes.Count];
        await SideBySide.ForAsync(changes.Count, async (i, token) => made[i] = await TryReplaceAsync(changes[i], token), cancellationToken);
        return made;
    }

    public ValueTask<IReadOnlyList<Digest>> FindDueAsync(DateTimeOffset now, int max, CancellationToken cancellationToken) =>
        due.FindAsync(now, max, cancellationToken);

    public async ValueTask<bool> TryFollowAsync(Digest device, Digest log, HintTag tag, int maxFollowers, CancellationToken cancellationToken)
    {
        var table = follows.Of(log);
        while (true)
        {
            TableRow? count = null, follower = null;
            await foreach (var row in table.QueryAsync(
                $"PartitionKey eq '{log}' and (RowKey eq '{CountKey}' or RowKey eq '{FollowerKey(device)}')", cancellationToken))
            {
                if (row.Key == CountKey) count = row;
                else follower = row;
            }
            if (follower is null && (count?.Number("followers") ?? 0) >= maxFollowers) return false;

            // The device's own row comes first and goes last: by it is found what is to be undone when the device leaves.
            Property[] known = [Property.Of("tag", tag.ToArray())];
            await devices.Of(device).CommitAsync(device.ToString(), [new TableChange.Merge(FollowedKey(log), known, ETag: null)], cancellationToken);
            if (follower is not null)
            {
                // A conflict: it was unfollowed meanwhile.
                if ((await table.CommitAsync(log.ToString(), [new TableChange.Merge(FollowerKey(device), known, TableChange.AnyETag)], cancellationToken)).Applied) return true;
                continue;
            }

            // A conflict: another follower came or went, or this very one. Each turn somebody's was done, so this ends.
            TableChange[] changes = [Count(count, (count?.Number("followers") ?? 0) + 1), new TableChange.Insert(FollowerKey(device), known)];
            if ((await table.CommitAsync(log.ToString(), changes, cancellationToken)).Applied) return true;
        }
    }

    public async ValueTask UnfollowAsync(Digest device, Digest log, CancellationToken cancellationToken)
    {
        var table = follows.Of(log);
        while (await table.FindAsync(log.ToString(), FollowerKey(device), cancellationToken) is not null)
        {
            var count = await table.FindAsync(log.ToString(), CountKey, cancellationToken);
            TableChange[] changes =
            [
                Count(count, Math.Max(0, (count?.Number("followers") ?? 1) - 1)),
                new TableChange.Delete(FollowerKey(device), TableChange.AnyETag),
            ];
            if ((await table.CommitAsync(log.ToString(), changes, cancellationToken)).Applied) break;
        }

        // A conflict: there is no such row.
        await devices.Of(device).CommitAsync(device.ToString(), [new TableChange.Delete(FollowedKey(log), TableChange.AnyETag)], cancellationToken);
    }

    public async ValueTask<IReadOnlyList<Follower>> ReadFollowersAsync(Digest log, Digest? after, int max, CancellationToken cancellationToken)
    {
        var from = after is { } last ? FollowerKey(last) : FollowerPrefix;
        List<Follower> followers = [];
        Continuation? next = null;
        do
        {
            var portion = await follows.Of(log).QueryAsync(
                $"PartitionKey eq '{log}' and RowKey gt '{from}' and RowKey lt 'e'", max - followers.Count, next, cancellationToken);
            followers.AddRange(portion.Rows.Select(row => new Follower(IdAfter(FollowerPrefix, row), new HintTag(row.Bytes("tag")))));
            next = portion.Next;
        }
        while (next is not null && followers.Count < max);
        return followers;
    }

    public async ValueTask<IReadOnlyList<Followed>> ReadFollowsAsync(Digest device, CancellationToken cancellationToken)
    {
        List<Followed> followed = [];
        var filter = $"PartitionKey eq '{device}' and RowKey gt '{FollowedPrefix}' and RowKey lt 'g'";
        await foreach (var row in devices.Of(device).QueryAsync(filter, cancellationToken))
        {
            followed.Add(new Followed(IdAfter(FollowedPrefix, row), new HintTag(row.Bytes("tag"))));
        }
        return followed;
    }

    private static string FollowedKey(in Digest log) => $"{FollowedPrefix}{log}";

    private static string FollowerKey(in Digest device) => $"{FollowerPrefix}{device}";

    private static Digest IdAfter(string prefix, TableRow row) => new(Convert.FromHexString(row.Key.AsSpan(prefix.Length)));

    private static TableChange Count(TableRow? current, long followers) => current is { } row
        ? new TableChange.Merge(CountKey, [Property.Of("followers", followers)], row.ETag)
        : new TableChange.Insert(CountKey, [Property.Of("followers", followers)]);

    private async ValueTask<StoredDevice?> FindAsync(Digest device, CancellationToken cancellationToken) =>
        await devices.Of(device).FindAsync(device.ToString(), DeviceKey, cancellationToken) is { } row
            ? new StoredDevice(DeviceCodec.Read(row.Bytes("state"), row.Bytes("registration")), row.ETag)
            : null;

    private async ValueTask<bool> TryReplaceAsync(DeviceChange change, CancellationToken cancellationToken)
    {
        if (change is { Current: null, Next: null }) return false;
        var (table, partition) = (devices.Of(change.Device), change.Device.ToString());
        var commit = Guid.NewGuid().ToString("N");
        var answer = await table.CommitAsync(partition, [ChangeOf(change, commit)], cancellationToken);
        if (answer.Applied || !answer.Repeated) return answer.Applied;

        // An earlier attempt of ours may have been made and only its answer lost: then the row is ours, or gone. If another change followed since, this
        // one counts as lost, and whoever asked looks again.
        var row = await table.FindAsync(partition, DeviceKey, cancellationToken);
        return change.Next is null ? row is null : row is { } found && found.Text("commit") == commit;
    }

    private static TableChange ChangeOf(DeviceChange change, string commit)
    {
        if (change.Next is not { } next) return new TableChange.Delete(DeviceKey, change.Current!.Version);
        Property[] properties =
        [
            Property.Of("state", DeviceCodec.WriteState(next)), Property.Of("look", next.LookAt.UtcTicks), Property.Of("commit", commit),

            // What is not named stays as it is.
            .. change.Current is { } before && ReferenceEquals(before.State.Registration, next.Registration)
                ? []
                : new[] { Property.Of("registration", next.Registration is { } registration ? DeviceCodec.WriteRegistration(registration) : []) },
        ];
        return change.Current is { } current
            ? new TableChange.Merge(DeviceKey, properties, current.Version)
            : new TableChange.Insert(DeviceKey, properties);
    }

    /// <summary>
    /// Looks through all devices for those whose time has come, a stretch at a time, as <see cref="UnsealedScan"/> does and for the same reason: an index by
    /// time would have to be kept up with every change, for a question asked a few times an hour.
    /// </summary>
    private sealed class DueScan(Rendezvous<Table> devices)
    {
        private const int MaxQueries = 20;

        private readonly Table[] tables = [.. devices.All];

        // Where the last call ended in each table. Two calls at once may both find the same, or pass over a stretch until the next round.
        private readonly Continuation?[] places = new Continuation?[devices.All.Count()];

        public async ValueTask<IReadOnlyList<Digest>> FindAsync(DateTimeOffset now, int max, CancellationToken cancellationToken)
        {
            var filter = string.Create(CultureInfo.InvariantCulture, $"RowKey eq '{DeviceKey}' and look le {now.UtcTicks}L");
            List<Digest> found = [];
            for (var i = 0; i < tables.Length; i++)
            {
                for (var queries = 0; queries < MaxQueries && found.Count < max; queries++)
                {
                    var portion = await tables[i].QueryAsync(filter, max - found.Count, Volatile.Read(ref places[i]), cancellationToken);
                    found.AddRange(portion.Rows.Select(row => new Digest(Convert.FromHexString(row.Partition))));
                    Volatile.Write(ref places[i], portion.Next);
                    if (portion.Next is null) break;
                }
            }
            return found;
        }
    }
}
