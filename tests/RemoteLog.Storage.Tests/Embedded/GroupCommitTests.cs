using System.Diagnostics.Metrics;
using Microsoft.Data.Sqlite;
using RemoteLog.Server.Storage;
using RemoteLog.Storage.Embedded;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests.Embedded;

public sealed class GroupCommitTests : IAsyncDisposable
{
    private readonly OpenFolder folder = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private INameRegistry Names => folder.Storage.Names;

    [Fact]
    public async Task Appends_that_wait_together_are_committed_together()
    {
        using var counts = new CommitCounts(folder.Path);

        Task<StoredHead?>[] appends;
        using (HoldWriter()) appends = [.. Enumerable.Range(0, 200).Select(_ => AppendAsync(A.Segment()))];
        await Task.WhenAll(appends);

        Assert.All(appends, append => Assert.NotNull(append.Result));
        Assert.Equal(200, counts.Changes);

        // The first may have been on its way before the others came.
        Assert.InRange(counts.Commits, 1, 2);
    }

    [Fact]
    public async Task A_change_that_cannot_be_done_fails_alone()
    {
        var (device, good) = (new Device(), Enumerable.Range(0, 20).Select(_ => A.Segment()).ToArray());
        await Names.AppendAsync(device.Sign(entries: 1), Ct);
        var tail = await Names.ReadWholeTailAsync(device.Log, Ct);
        var page = SealedPage.Of(tail);

        // A page that claims to replace more segments than there are.
        List<Task<StoredHead?>> changes = [];
        using (HoldWriter())
        {
            changes.AddRange(good.Take(10).Select(AppendAsync));
            changes.Add(Names.TrySealAsync(tail.Head, page.Next, page.Record, [.. page.Replaced, .. page.Replaced], Ct).AsTask());
            changes.AddRange(good.Skip(10).Select(AppendAsync));
        }

        await Assert.ThrowsAsync<InvalidOperationException>(() => changes[10]);
        changes.RemoveAt(10);
        Assert.All(await Task.WhenAll(changes), Assert.NotNull);
        foreach (var segment in good) Assert.Equal(segment.Link, (await Names.FindHeadAsync(segment.Log, Ct))!.Head.Link);
        Assert.Equal(tail.Head.Version, (await Names.FindHeadAsync(device.Log, Ct))!.Version);
        Assert.Empty(await Names.ReadPagesAsync(device.Log, 0, 10, Ct));
        Assert.Single((await Names.ReadWholeTailAsync(device.Log, Ct)).Segments);
    }

    [Fact]
    public async Task A_writer_that_came_too_late_spoils_nothing_for_its_group()
    {
        var device = new Device();
        var current = await Names.AppendAsync(device.Sign(entries: 1), Ct);
        var (segment, late, other) = (device.RestoreFromBackup().Sign(entries: 1), device.RestoreFromBackup().Sign(entries: 1), A.Segment());
        using var counts = new CommitCounts(folder.Path);

        List<Task<StoredHead?>> appends = [];
        using (HoldWriter())
        {
            appends.Add(AppendAsync(A.Segment()));
            appends.Add(Names.TryAppendAsync(current, segment.After(current.Head), segment.ToRecord(), Ct).AsTask());
            appends.Add(Names.TryAppendAsync(current, late.After(current.Head), late.ToRecord(), Ct).AsTask());
            appends.Add(AppendAsync(other));
        }
        var stored = await Task.WhenAll(appends);

        Assert.Equal([true, true, false, true], stored.Select(head => head is not null));
        Assert.InRange(counts.Commits, 1, 2);
    }

    [Fact]
    public async Task Closing_commits_what_waits()
    {
        var segments = Enumerable.Range(0, 50).Select(_ => A.Segment()).ToArray();

        var appends = segments.Select(AppendAsync).ToArray();
        await folder.ReopenAsync();

        foreach (var append in appends) Assert.NotNull(await append);
        foreach (var segment in segments) Assert.Equal(segment.Link, (await Names.FindHeadAsync(segment.Log, Ct))!.Head.Link);
    }

    [Fact]
    public async Task Nothing_is_taken_after_closing()
    {
        var names = Names;
        await folder.CloseAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => names.AppendAsync(A.Segment(), Ct));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => AppendAsync(names, A.Segment()));
    }

    public ValueTask DisposeAsync() => folder.DisposeAsync();

    private static async Task<StoredHead?> AppendAsync(INameRegistry names, SignedSegment segment) =>
        await names.TryAppendAsync(null, segment.After(null), segment.ToRecord(), Ct);

    private Task<StoredHead?> AppendAsync(SignedSegment segment) => AppendAsync(Names, segment);

    /// <summary>Another writer of the same database, such as a tool of the operator's: it keeps ours waiting until it is disposed of.</summary>
    private SqliteConnection HoldWriter()
    {
        var connection = new SqliteConnection($"Data Source={folder.Database};Pooling=False");
        connection.Open();
        using var begin = connection.CreateCommand();
        begin.CommandText = "BEGIN IMMEDIATE";
        begin.ExecuteNonQuery();
        return connection;
    }

    /// <summary>Listens to the meter of one data folder.</summary>
    private sealed class CommitCounts : IDisposable
    {
        private readonly MeterListener listener = new();
        private long commits;
        private long changes;

        public CommitCounts(string folder)
        {
            listener.InstrumentPublished = (instrument, published) =>
            {
                if (instrument.Meter.Name != EmbeddedStorage.MeterName) return;
                if (instrument.Meter.Tags?.Any(tag => Equals(tag.Value, folder)) == true) published.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
                Interlocked.Add(ref instrument.Name == "remotelog.storage.commits" ? ref commits : ref changes, value));
            listener.Start();
        }

        public long Commits => Interlocked.Read(ref commits);

        public long Changes => Interlocked.Read(ref changes);

        public void Dispose() => listener.Dispose();
    }
}
