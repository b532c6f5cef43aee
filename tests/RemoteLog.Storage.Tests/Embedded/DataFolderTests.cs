using Microsoft.Data.Sqlite;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Server.Wake;
using RemoteLog.Storage.Embedded;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests.Embedded;

public sealed class DataFolderTests
{
    private const string SchemaOneLog = "zDnaexJd5AdAYULXknRHgxcFbQhu1DtqhYXr2KLhwejQX83Q6/notes";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everything_is_there_after_a_restart()
    {
        await using var folder = new OpenFolder();
        var (device, content) = (new Device(), A.Bytes(10_000));
        await folder.Storage.Names.AppendAsync(device.Sign(entries: 2), Ct);
        await folder.Storage.Names.SealAsync(device.Log, Ct);
        var head = await folder.Storage.Names.AppendAsync(device.Sign(entries: 2), Ct);
        await folder.Storage.Content.PutAsync(Cid.Of(content), content, Ct);
        await folder.Storage.Pages.PutAsync(Cid.Of(content), content, Ct);
        await folder.Storage.Uses.TryUseAsync(Cid.Of(content), new ContentUse("entry", A.Moment), Ct);
        await folder.Storage.Jobs.EnqueueAsync("wake", content, TimeSpan.Zero, Ct);
        await folder.Storage.Quarantine.AddAsync(content, null, "gap", A.Moment, Ct);
        await folder.Storage.Devices.TryFollowAsync(device.Log.Id, device.Log.Id, new HintTag(A.Bytes(16)), 1, Ct);

        await folder.ReopenAsync();

        var tail = await folder.Storage.Names.ReadWholeTailAsync(device.Log, Ct);
        Assert.Equal((head.Version, head.TailBytes), (tail.Head.Version, tail.Head.TailBytes));
        Assert.Equal(head.Bytes, tail.Head.Bytes);
        Assert.Equal(4, Assert.Single(tail.Segments).Last);
        Assert.Equal(2, Assert.Single(await folder.Storage.Names.ReadPagesAsync(device.Log, 0, 10, Ct)).Last);
        Assert.Equal(content.Length, await folder.Storage.Content.FindLengthAsync(Cid.Of(content), Ct));
        Assert.Equal(content.Length, await folder.Storage.Pages.FindLengthAsync(Cid.Of(content), Ct));
        Assert.Single(await folder.Storage.Uses.FindDueAsync(A.Moment, 10, Ct));
        Assert.Equal(content.Length, Assert.Single(await folder.Storage.Quarantine.ListAsync(0, 10, Ct)).Size);
        Assert.Single(await folder.Storage.Devices.ReadFollowsAsync(device.Log.Id, Ct));
        Assert.Equal(content, Assert.Single(await folder.Storage.Jobs.ReceiveAsync("wake", 10, TimeSpan.FromMinutes(1), Ct)).Body.ToArray());
    }

    [Fact]
    public async Task A_closed_folder_holds_the_files_that_the_README_names_and_no_others()
    {
        await using var folder = new OpenFolder();
        var content = "hello"u8.ToArray();
        await folder.Storage.Content.PutAsync(Cid.Of(content), content, Ct);
        await folder.Storage.Pages.PutAsync(Cid.Of(content), content, Ct);
        await folder.CloseAsync();

        var files = Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder.Path, file));

        Assert.Equal(
            [
                "content/ye/bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq",
                "pages/ye/bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq",
                "remotelog.db",
                "remotelog.lock",
            ],
            files.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_folder_that_is_open_is_refused_to_others()
    {
        await using var folder = new OpenFolder();

        var exception = Assert.Throws<DataFolderInUseException>(() => EmbeddedStorage.Open(folder.Path, TimeProvider.System));

        Assert.Equal(folder.Path, exception.Folder);
        Assert.Contains(folder.Path, exception.Message, StringComparison.Ordinal);
        await folder.ReopenAsync();
    }

    [Fact]
    public async Task Folders_above_are_created_too()
    {
        using var folder = new TemporaryFolder();

        await using var storage = EmbeddedStorage.Open(Path.Combine(folder.Path, "a", "b"), TimeProvider.System);

        Assert.True(File.Exists(Path.Combine(folder.Path, "a", "b", "remotelog.db")));
    }

    [Fact]
    public async Task A_database_of_schema_1_is_brought_up_to_date_with_nothing_lost()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Embedded", "Folders", "schema-1", "remotelog.db"), Path.Combine(folder.Path, "remotelog.db"));

        await using var storage = EmbeddedStorage.Open(folder.Path, TimeProvider.System);

        // What was written: 5 segments of 2 entries, of which the first 3 were sealed, and one fork.
        var names = storage.Storage.Names;
        var log = LogName.Parse(SchemaOneLog);
        var tail = await names.ReadWholeTailAsync(log, Ct);
        Assert.Equal((6, 10), (tail.Head.Head.Sealed, tail.Head.Head.Sequence));
        Assert.True(tail.Head.Head.Checkpoint.Verify());
        Assert.Equal([8, 10], tail.Segments.Select(segment => segment.Last));
        Assert.Equal(tail.Head.Head.Page, Assert.Single(await names.ReadPagesAsync(log, 0, 10, Ct)).Address);
        Assert.True(Assert.Single(await names.ReadForksAsync(log, Ct)).Verify());
        Assert.NotNull(await storage.Storage.Names.SealAsync(log, Ct));

        // What came with schema 2.
        await storage.Storage.Jobs.EnqueueAsync("wake", "w"u8.ToArray(), TimeSpan.Zero, Ct);
        Assert.Single(await storage.Storage.Jobs.ReceiveAsync("wake", 10, TimeSpan.FromMinutes(1), Ct));
        Assert.True(await storage.Storage.Uses.TryUseAsync(Cid.Of("x"u8), new ContentUse("entry", A.Moment), Ct));

        // What came with schema 3.
        await storage.Storage.Quarantine.AddAsync("x"u8.ToArray(), null, "gap", A.Moment, Ct);
        Assert.Single(await storage.Storage.Quarantine.ListAsync(0, 10, Ct));
    }

    [Fact]
    public async Task Devices_of_schema_5_are_still_known_and_can_be_changed()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Embedded", "Folders", "schema-5", "remotelog.db"), Path.Combine(folder.Path, "remotelog.db"));

        await using var storage = EmbeddedStorage.Open(folder.Path, TimeProvider.System);

        // What was written: a device with all there can be, and one that never registered.
        var devices = storage.Storage.Devices;
        var at = new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero).AddTicks(1);
        HintTag[] tags = [.. Enumerable.Range(0, 4).Select(i => new HintTag(Enumerable.Repeat((byte)i, HintTag.Size).ToArray()))];
        Digest[] ids = [Digest.Of([1]), Digest.Of([2])];
        var stored = await devices.FindAsync(ids, Ct);
        var full = stored[0]!.State;
        Assert.Equal((7L, "ab12", at, at.AddDays(270), at.AddHours(1)), (full.Number, full.Statement, full.SeenAt, full.LookAt, full.PullAt!.Value));
        Assert.Equal((new PaceState(at, at.AddHours(-1), 7, 2), new Strikes(2, at.AddDays(-1)), at.AddDays(-2)), (full.Pace, full.Strikes, full.DeafSince!.Value));
        Assert.Equal([new MovedTag(tags[3], 9)], full.Known);
        Assert.Equal([new MovedTag(tags[1], 5), new MovedTag(tags[2], long.MaxValue)], full.Pending!.Moved);
        Assert.Equal(
            new Pending(new Guid([.. Enumerable.Range(0, 16).Select(i => (byte)i)]), [], at.AddSeconds(5), at, 3, at.AddTicks(7)), full.Pending with { Moved = [] });
        Assert.Equal(
            new Registration(7, PushChannel.UnifiedPush, default, "topic", at, Confirmed: true, PullMinutes: 60), full.Registration! with { Sealed = default });
        Assert.Equal([1, 2, 3], full.Registration.Sealed.ToArray());
        Assert.Equal((1L, "cd34", null), (stored[1]!.State.Number, stored[1]!.State.Statement, stored[1]!.State.Registration));
        Assert.Equal([new Follower(ids[0], tags[1])], await devices.ReadFollowersAsync(Digest.Of("log"u8), null, 10, Ct));
        Assert.Equal([ids[1]], await devices.FindDueAsync(at, 10, Ct));

        Assert.Equal([true], await devices.TryReplaceAsync([new DeviceChange(ids[0], stored[0], full with { Number = 8, Pending = null })], Ct));
        var changed = (await devices.FindAsync([ids[0]], Ct))[0]!.State;
        Assert.Equal((8L, null, "topic"), (changed.Number, changed.Pending, changed.Registration!.Topic));
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused_and_left_alone()
    {
        await using var folder = new OpenFolder();
        var head = await folder.Storage.Names.AppendAsync(A.Segment(), Ct);
        await folder.CloseAsync();
        var known = SetSchema(folder.Database, 99);
        var before = await File.ReadAllBytesAsync(folder.Database, Ct);

        var exception = Assert.Throws<NewerSchemaException>(() => EmbeddedStorage.Open(folder.Path, TimeProvider.System));

        Assert.Equal((99, known), (exception.Found, exception.Known));
        Assert.Contains(folder.Database, exception.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(folder.Database, Ct));
        SetSchema(folder.Database, known);
        await folder.ReopenAsync();
        Assert.Equal(head.Version, (await folder.Storage.Names.FindHeadAsync(head.Head.Log, Ct))!.Version);
    }

    private static int SetSchema(string file, int version)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version";
        var before = (long)command.ExecuteScalar()!;
        command.CommandText = $"PRAGMA user_version = {version}";
        command.ExecuteNonQuery();
        return (int)before;
    }
}
