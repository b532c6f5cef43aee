using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests;

public abstract partial class ContentStoreContract
{
    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(5_000_000)]
    public async Task An_upload_is_stored_up_to_the_very_limit(int length)
    {
        var (store, content) = (await OpenAsync(), A.Bytes(length));
        var address = store.AddressOf(content);

        var outcome = await store.UploadAsync(address, new Sender(content), maxBytes: length, Ct);

        Assert.Equal(UploadOutcome.Stored, outcome);
        Assert.Equal(content, await ReadAsync(store, address));
    }

    [Theory]
    [InlineData(CidKind.Sha256)]
    [InlineData(CidKind.Swarm)]
    public async Task An_upload_is_checked_by_whichever_kind_of_address_it_has(CidKind kind)
    {
        var (store, content) = (await OpenAsync(), A.Bytes(100_000));
        if (!store.Accepts(kind)) return;
        using var hasher = new ContentHasher(kind);
        hasher.Append(content);
        var address = hasher.Finish();

        Assert.Equal(UploadOutcome.WrongAddress, await store.UploadAsync(address, new Sender(content[1..]), content.Length, Ct));
        Assert.Equal(UploadOutcome.Stored, await store.UploadAsync(address, new Sender(content), content.Length, Ct));
        Assert.Equal(content, await ReadAsync(store, address));
    }

    [Fact]
    public async Task What_was_uploaded_or_put_before_is_already_there()
    {
        var (store, content) = (await OpenAsync(), A.Bytes(10_000));
        var address = store.AddressOf(content);

        await store.UploadAsync(address, new Sender(content), 10_000, Ct);
        var again = await store.UploadAsync(address, new Sender(content), 10_000, Ct);
        await store.PutAsync(address, content, Ct);

        Assert.Equal(KnowsWhatItHas ? UploadOutcome.AlreadyThere : UploadOutcome.Stored, again);
        Assert.Equal(content, await ReadAsync(store, address));
    }

    [Fact]
    public async Task The_same_upload_twice_at_once_is_stored_whole()
    {
        var (store, content) = (await OpenAsync(), A.Bytes(500_000));
        var address = store.AddressOf(content);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ =>
            Task.Run(async () => await store.UploadAsync(address, new Sender(content), content.Length, Ct), Ct)));

        Assert.All(outcomes, outcome => Assert.True(outcome is UploadOutcome.Stored or UploadOutcome.AlreadyThere));
        Assert.Equal(content, await ReadAsync(store, address));
    }

    [Fact]
    public async Task Other_content_than_its_address_says_leaves_nothing()
    {
        var (store, content, other) = (await OpenAsync(), A.Bytes(10_000), A.Bytes(10_000));
        other[^1] ^= 1;

        var outcome = await store.UploadAsync(store.AddressOf(content), new Sender(other), 10_000, Ct);

        Assert.Equal(UploadOutcome.WrongAddress, outcome);
        await AssertNothingIsLeftAsync(store, content, other);
    }

    [Fact]
    public async Task Content_that_ends_early_leaves_nothing()
    {
        var (store, content) = (await OpenAsync(), A.Bytes(10_000));

        var outcome = await store.UploadAsync(store.AddressOf(content), new Sender(content[..5_000]), 10_000, Ct);

        Assert.Equal(UploadOutcome.WrongAddress, outcome);
        await AssertNothingIsLeftAsync(store, content, content[..5_000]);
    }

    [Fact]
    public async Task Content_past_the_limit_leaves_nothing_and_is_not_read_to_its_end()
    {
        var (store, content) = (await OpenAsync(), A.Bytes(10_000_000));
        var sender = new Sender(content);

        var outcome = await store.UploadAsync(store.AddressOf(content), sender, maxBytes: 9_999, Ct);

        Assert.Equal(UploadOutcome.TooLarge, outcome);
        Assert.InRange(sender.Sent, 1, 2_000_000);
        await AssertNothingIsLeftAsync(store, content);
    }

    [Fact]
    public async Task A_cancelled_upload_leaves_nothing()
    {
        var (store, content) = (await OpenAsync(), A.Bytes(300_000));
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var sender = new Sender(content) { Half = cancellation.CancelAsync };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await store.UploadAsync(store.AddressOf(content), sender, content.Length, cancellation.Token));

        await AssertNothingIsLeftAsync(store, content);
    }

    [Fact]
    public async Task A_sender_that_goes_away_leaves_nothing()
    {
        var (store, content) = (await OpenAsync(), A.Bytes(300_000));
        var sender = new Sender(content) { Half = () => throw new EndOfStreamException("The sender went away.") };

        await Assert.ThrowsAsync<EndOfStreamException>(
            async () => await store.UploadAsync(store.AddressOf(content), sender, content.Length, Ct));

        await AssertNothingIsLeftAsync(store, content);
    }

    [Fact]
    public async Task Half_an_upload_is_seen_by_nobody()
    {
        var (store, content) = (await OpenAsync(), A.Bytes(300_000));
        var address = store.AddressOf(content);
        List<long?> seen = [];
        var sender = new Sender(content) { Half = async () => seen.Add(await store.FindLengthAsync(address, Ct)) };

        await store.UploadAsync(address, sender, content.Length, Ct);

        Assert.Equal([null], seen);
        Assert.Equal(content, await ReadAsync(store, address));
    }

    private static async Task AssertNothingIsLeftAsync(IContentStore store, params byte[][] contents)
    {
        foreach (var content in contents)
        {
            Assert.Null(await store.FindLengthAsync(store.AddressOf(content), Ct));
            Assert.Null(await store.FindAsync(store.AddressOf(content), 0, null, Ct));
        }

        // Nor does it stand in the way of the right one.
        Assert.Equal(UploadOutcome.Stored, await store.UploadAsync(store.AddressOf(contents[0]), new Sender(contents[0]), contents[0].Length, Ct));
    }
}
