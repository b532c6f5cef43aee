using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Storage.Embedded;

/// <summary>Devices and what they follow in the database. Changes of many devices are one transaction, in which each is made or not by itself.</summary>
internal sealed class DeviceRegistry(Writer writer, Readers readers) : IDeviceRegistry
{
    public ValueTask<IReadOnlyList<StoredDevice?>> FindAsync(IReadOnlyList<Digest> devices, CancellationToken cancellationToken) =>
        new(readers.Read<IReadOnlyList<StoredDevice?>>(session =>
        {
            var found = new StoredDevice?[devices.Count];
            for (var i = 0; i < found.Length; i++)
            {
                using var row = session.Query(
                    """
                    SELECT version, state, registration FROM devices LEFT JOIN registrations ON registrations.device = devices.device
                    WHERE devices.device = ?1
                    """,
                    Key(devices[i]));
                if (row.Read()) found[i] = new StoredDevice(DeviceCodec.Read(row.Bytes(1), row.IsDBNull(2) ? [] : row.Bytes(2)), row.GetInt64(0).ToString());
            }
            return found;
        }));

    public ValueTask<IReadOnlyList<bool>> TryReplaceAsync(IReadOnlyList<DeviceChange> changes, CancellationToken cancellationToken)
    {
        // Written here, and not in the one thread that everybody waits for.
        var rows = changes.Select(Row.Of).ToArray();
        return writer.RunAsync<IReadOnlyList<bool>>(
            session =>
            {
                var made = new bool[rows.Length];
                for (var i = 0; i < made.Length; i++) made[i] = TryReplace(session, rows[i]);
                return made;
            },
            cancellationToken);
    }

    public ValueTask<IReadOnlyList<Digest>> FindDueAsync(DateTimeOffset now, int max, CancellationToken cancellationToken) =>
        new(readers.Read<IReadOnlyList<Digest>>(session =>
        {
            using var row = session.Query("SELECT device FROM devices WHERE look_at <= ?1 ORDER BY look_at LIMIT ?2", now.UtcTicks, max);
            List<Digest> due = [];
            while (row.Read()) due.Add(new Digest(row.Bytes(0)));
            return due;
        }));

    public ValueTask<bool> TryFollowAsync(Digest device, Digest log, HintTag tag, int maxFollowers, CancellationToken cancellationToken) =>
        writer.RunAsync(
            session =>
            {
                if (session.Execute("UPDATE follows SET tag = ?3 WHERE log = ?1 AND device = ?2", Key(log), Key(device), tag.ToArray()) == 1) return true;
                var counted = session.Execute(
                    """
                    INSERT INTO followed (log, followers) SELECT ?1, 1 WHERE ?2 > 0
                    ON CONFLICT DO UPDATE SET followers = followers + 1 WHERE followers < ?2
                    """,
                    Key(log), maxFollowers);
                if (counted == 0) return false;
                session.Execute("INSERT INTO follows (log, device, tag) VALUES (?1, ?2, ?3)", Key(log), Key(device), tag.ToArray());
                return true;
            },
            cancellationToken);

    public async ValueTask UnfollowAsync(Digest device, Digest log, CancellationToken cancellationToken) => await writer.RunAsync(
        session =>
        {
            if (session.Execute("DELETE FROM follows WHERE log = ?1 AND device = ?2", Key(log), Key(device)) == 0) return false;
            session.Execute("UPDATE followed SET followers = followers - 1 WHERE log = ?1", Key(log));
            session.Execute("DELETE FROM followed WHERE log = ?1 AND followers <= 0", Key(log));
            return true;
        },
        cancellationToken);

    public ValueTask<IReadOnlyList<Follower>> ReadFollowersAsync(Digest log, Digest? after, int max, CancellationToken cancellationToken) =>
        new(readers.Read<IReadOnlyList<Follower>>(session =>
        {
            // Every id is after no bytes at all.
            using var row = session.Query(
                "SELECT device, tag FROM follows WHERE log = ?1 AND device > ?2 ORDER BY device LIMIT ?3", Key(log), after is { } last ? Key(last) : [], max);
            List<Follower> followers = [];
            while (row.Read()) followers.Add(new Follower(new Digest(row.Bytes(0)), new HintTag(row.Bytes(1))));
            return followers;
        }));

    public ValueTask<IReadOnlyList<Followed>> ReadFollowsAsync(Digest device, CancellationToken cancellationToken) =>
        new(readers.Read<IReadOnlyList<Followed>>(session =>
        {
            using var row = session.Query("SELECT log, tag FROM follows WHERE device = ?1", Key(device));
            List<Followed> follows = [];
            while (row.Read()) follows.Add(new Followed(new Digest(row.Bytes(0)), new HintTag(row.Bytes(1))));
            return follows;
        }));

    private static byte[] Key(in Digest digest) => digest.Span.ToArray();

    private static bool TryReplace(Session session, Row row)
    {
        var changed = row switch
        {
            { State: null, Version: 0 } => 0,
            { State: null } => session.Execute("DELETE FROM devices WHERE device = ?1 AND version = ?2", row.Device, row.Version),
            { Version: 0 } => session.Execute(
                "INSERT INTO devices (device, version, look_at, state) VALUES (?1, 1, ?2, ?3) ON CONFLICT DO NOTHING", row.Device, row.LookAt!, row.State),
            { LookAt: { } lookAt } => session.Execute(
                "UPDATE devices SET version = version + 1, look_at = ?3, state = ?4 WHERE device = ?1 AND version = ?2",
                row.Device, row.Version, lookAt, row.State),
            _ => session.Execute("UPDATE devices SET version = version + 1, state = ?3 WHERE device = ?1 AND version = ?2", row.Device, row.Version, row.State),
        };
        if (changed == 0) return false;
        if (row.Registration is { } registration)
        {
            session.Execute(
                "INSERT INTO registrations (device, registration) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET registration = excluded.registration",
                row.Device, registration);
        }
        else if (row.IsUnregistered)
        {
            session.Execute("DELETE FROM registrations WHERE device = ?1", row.Device);
        }
        return true;
    }

    /// <summary>A change as it is written.</summary>
    /// <param name="Version">Of the row it replaces; 0: there must be none.</param>
    /// <param name="LookAt">Null: it stays as it is, and so does its index, which costs as much as the row.</param>
    /// <param name="State">Null: the row goes.</param>
    /// <param name="Registration">Null: it stays as it is, or goes.</param>
    private sealed record Row(byte[] Device, long Version, long? LookAt, byte[]? State, byte[]? Registration, bool IsUnregistered)
    {
        public static Row Of(DeviceChange change)
        {
            var (before, after) = (change.Current?.State.Registration, change.Next?.Registration);
            return new Row(
                Key(change.Device), change.Current is { } current ? long.Parse(current.Version) : 0,
                change.Next?.LookAt == change.Current?.State.LookAt ? null : change.Next?.LookAt.UtcTicks,
                change.Next is { } next ? DeviceCodec.WriteState(next) : null,
                after is null || ReferenceEquals(before, after) ? null : DeviceCodec.WriteRegistration(after), IsUnregistered: after is null);
        }
    }
}
