using RemoteLog.Protocol;
using RemoteLog.Server.Append;
using RemoteLog.Server.Storage;
using RemoteLog.Testing;

namespace RemoteLog.Server.Tests;

/// <summary>What becomes of data that is not embedded: where it is kept, and when it is forgotten.</summary>
public sealed class ContentTests : IAsyncLifetime
{
    private readonly Device device = new();
    private readonly TestLog log = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => log.DisposeAsync();

    [Fact]
    public async Task Small_data_is_embedded_and_large_data_is_content_of_its_own()
    {
        await log.WriteAsync(device, Of(log.Pages.EmbedBytes), Of(log.Pages.EmbedBytes + 1));

        var entries = (await log.ReadAsync(device)).Single().Entries;
        Assert.Equal([true, false], entries.Select(entry => entry.Data is not null));
        await log.CheckAsync(device);
    }

    [Fact]
    public async Task With_no_embedding_pages_only_map_to_content()
    {
        await using var mapping = new TestLog(new PageOptions { Entries = 4, EmbedBytes = 0 });
        for (var i = 0; i < 5; i++) await mapping.WriteAsync(device, "small");
        await mapping.Sealer.SealAsync(device.Log, CancellationToken.None);

        Assert.All((await mapping.ReadAsync(device)).SelectMany(page => page.Entries), entry => Assert.NotNull(entry.Address));
        await mapping.CheckAsync(device);
    }

    [Fact]
    public async Task An_entry_may_name_content_that_was_uploaded_before()
    {
        var content = new byte[100_000];
        var address = await UploadAsync(content);

        await log.WriteAsync(device, Entry.At(address, Digest.Of(content), content.Length));

        await log.CheckAsync(device);
    }

    [Fact]
    public async Task An_entry_that_names_content_of_another_size_is_refused()
    {
        var content = new byte[100];
        var address = await UploadAsync(content);

        var result = await log.AppendAsync(device.WriteSegment(Entry.At(address, Digest.Of(content), 99)));

        Assert.IsType<AppendResult.UnknownContent>(result);
        Assert.Null(await log.Storage.Names.FindHeadAsync(device.Log, CancellationToken.None));
    }

    [Fact]
    public async Task An_upload_that_no_entry_names_is_deleted_when_its_time_is_up()
    {
        var address = await UploadAsync(new byte[100]);

        await SweepAfterAsync(TimeSpan.FromHours(23));
        Assert.True(await IsStoredAsync(address));

        await SweepAfterAsync(TimeSpan.FromHours(2));
        Assert.False(await IsStoredAsync(address));
    }

    [Fact]
    public async Task An_upload_that_an_entry_names_stays()
    {
        var content = new byte[100];
        var address = await UploadAsync(content);
        await log.WriteAsync(device, Entry.At(address, Digest.Of(content), content.Length));

        await SweepAfterAsync(TimeSpan.FromDays(30));

        Assert.True(await IsStoredAsync(address));
        await log.CheckAsync(device);
    }

    [Fact]
    public async Task Content_of_an_append_that_never_came_to_its_commit_is_deleted()
    {
        var segment = device.WriteSegment(Of(5000));
        log.Probe.CrashAt = 4;
        await Assert.ThrowsAsync<CrashException>(() => log.AppendAsync(segment).AsTask());
        var address = Cid.Of(segment.Entries[0].Data!.Value.Span);
        Assert.True(await IsStoredAsync(address));

        log.Restart();
        await SweepAfterAsync(TimeSpan.FromHours(25));

        Assert.False(await IsStoredAsync(address));
    }

    [Fact]
    public async Task An_expired_entry_loses_its_data_and_the_log_still_verifies()
    {
        var entry = Expiring("gone tomorrow", TimeSpan.FromDays(1));
        await log.WriteAsync(device, "stays");
        await log.WriteAsync(device, entry);
        await log.WriteManyAsync(device, 10);
        await log.Sealer.SealAsync(device.Log, CancellationToken.None);
        await log.CheckAsync(device);

        await SweepAfterAsync(TimeSpan.FromHours(25));

        var pages = await log.ReadAsync(device);
        Assert.Equal(device.Link, pages[^1].Link);
        var expired = pages.SelectMany(page => page.Entries).Single(one => one.HeaderDigest == entry.HeaderDigest);
        Assert.Equal(entry.DataDigest, expired.DataDigest);
        Assert.False(await IsStoredAsync(expired.Address!.Value));
    }

    [Fact]
    public async Task An_entry_that_is_expired_when_it_arrives_is_kept_as_its_digest_only()
    {
        await log.WriteAsync(device, Expiring("too late", TimeSpan.FromSeconds(-1)));

        var entry = (await log.ReadAsync(device)).Single().Entries.Single();
        Assert.Null(entry.Data);
        Assert.Null(entry.Address);
        Assert.Equal(Digest.Of("too late"u8), entry.DataDigest);
    }

    [Fact]
    public async Task Content_that_several_entries_name_stays_for_the_last_of_them()
    {
        await log.WriteAsync(device, Expiring("shared", TimeSpan.FromDays(2)));
        await log.WriteAsync(new Device(), Expiring("shared", TimeSpan.FromDays(5)));
        var address = Cid.Of("shared"u8);

        await SweepAfterAsync(TimeSpan.FromDays(3));
        Assert.True(await IsStoredAsync(address));

        await SweepAfterAsync(TimeSpan.FromDays(3));
        Assert.False(await IsStoredAsync(address));
    }

    [Fact]
    public async Task Uploading_a_copy_of_a_page_does_not_put_the_page_at_risk()
    {
        await log.WriteManyAsync(device, log.Pages.Entries);
        await log.Sealer.SealAsync(device.Log, CancellationToken.None);
        var page = (await log.Storage.Names.FindHeadAsync(device.Log, CancellationToken.None))!.Head.Page!.Value;
        await UploadAsync(await log.GetAsync(log.Storage.Pages, page));

        await SweepAfterAsync(TimeSpan.FromDays(2));

        await log.CheckAsync(device);
    }

    [Fact]
    public async Task Content_that_is_being_deleted_takes_no_new_entry_and_then_may_be_stored_anew()
    {
        var entry = Of(5000);
        var address = Cid.Of(entry.Data!.Value.Span);
        await UploadAsync(entry.Data.Value.ToArray());
        log.Time.Advance(TimeSpan.FromHours(25));
        Assert.True(await log.Storage.Uses.EndAsync(address, ContentUse.Upload, CancellationToken.None));

        var segment = device.WriteSegment(entry);
        Assert.IsType<AppendResult.Busy>(await log.AppendAsync(segment));

        await log.Sweeper.SweepAsync(CancellationToken.None);
        Assert.IsType<AppendResult.Appended>(await log.AppendAsync(segment));
        await log.CheckAsync(device);
    }

    private static Entry Of(int size)
    {
        var data = new byte[size];
        new Random(size).NextBytes(data);
        return Entry.Embedded(data);
    }

    private Entry Expiring(string data, TimeSpan after) => Entry.Embedded(
        System.Text.Encoding.UTF8.GetBytes(data), new EntryHeader { ExpiresAt = log.Time.GetUtcNow() + after }.ToArray());

    /// <summary>As the content route does it.</summary>
    private async Task<Cid> UploadAsync(byte[] content)
    {
        var address = Cid.Of(content);
        await log.Storage.Uses.TryUseAsync(address, new ContentUse(ContentUse.Upload, log.Time.GetUtcNow().AddHours(24)), CancellationToken.None);
        await log.Storage.Content.PutAsync(address, content, CancellationToken.None);
        return address;
    }

    [Fact]
    public async Task A_page_that_cannot_be_stored_does_not_keep_the_sweep_from_forgetting()
    {
        var address = await UploadAsync([1, 2, 3]);
        await log.WriteManyAsync(device, log.Pages.Entries);
        log.Probe.Unavailable = nameof(IContentStore.PutAsync);

        await SweepAfterAsync(TimeSpan.FromHours(25));

        Assert.False(await IsStoredAsync(address));
        Assert.Equal(0, (await log.Storage.Names.FindHeadAsync(device.Log, CancellationToken.None))!.Head.Sealed);
    }

    private async Task SweepAfterAsync(TimeSpan time)
    {
        log.Time.Advance(time);
        await log.Sweeper.SweepAsync(CancellationToken.None);
    }

    private async Task<bool> IsStoredAsync(Cid address) => await log.Storage.Content.FindLengthAsync(address, CancellationToken.None) is not null;
}
