using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests;

/// <summary>What every <see cref="IContentStore"/> promises. Uploads are in the other part.</summary>
public abstract partial class ContentStoreContract
{
    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>A store without the content that these tests make up.</summary>
    protected abstract ValueTask<IContentStore> OpenAsync();

    /// <summary>Whether what is deleted is gone.</summary>
    protected virtual bool Forgets => true;

    /// <summary>Whether the store knows what it has without asking others.</summary>
    protected virtual bool KnowsWhatItHas => true;

    [Fact]
    public async Task An_address_follows_from_the_content_and_is_of_an_accepted_kind()
    {
        var store = await OpenAsync();

        Assert.Equal(store.AddressOf(A.Bytes(5_000)), store.AddressOf(A.Bytes(5_000)));
        Assert.NotEqual(store.AddressOf(A.Bytes(5_000)), store.AddressOf(A.Bytes(5_000, seed: 2)));
        Assert.True(store.Accepts(store.AddressOf(A.Bytes(5_000)).Kind));
    }

    [Fact]
    public async Task What_was_never_stored_is_not_there()
    {
        var store = await OpenAsync();
        var address = store.AddressOf(A.Bytes(100));

        Assert.Null(await store.FindLengthAsync(address, Ct));
        Assert.Null(await store.FindAsync(address, 0, null, Ct));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(3_000_000)]
    public async Task Content_comes_back_as_it_was_stored(int length)
    {
        var (store, content) = (await OpenAsync(), A.Bytes(length));
        var address = store.AddressOf(content);

        await store.PutAsync(address, content, Ct);

        Assert.Equal(length, await store.FindLengthAsync(address, Ct));
        Assert.Equal(content, await ReadAsync(store, address));
    }

    [Fact]
    public async Task Storing_the_same_again_succeeds_even_at_the_same_time()
    {
        var (store, content) = (await OpenAsync(), A.Bytes(50_000));
        var address = store.AddressOf(content);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            async () =>
            {
                await store.PutAsync(address, content, Ct);
                Assert.Equal(content, await ReadAsync(store, address));
            },
            Ct)));
        await store.PutAsync(address, content, Ct);

        Assert.Equal(content, await ReadAsync(store, address));
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(0, 10_000)]
    [InlineData(0, 0)]
    [InlineData(4_090, 20)]
    [InlineData(9_999, 1)]
    [InlineData(9_000, 5_000)]
    [InlineData(10_000, 1)]
    [InlineData(2_500, null)]
    [InlineData(10_000, null)]
    public async Task A_part_can_be_read(int offset, int? length)
    {
        var (store, content) = (await OpenAsync(), A.Bytes(10_000));
        var address = store.AddressOf(content);
        await store.PutAsync(address, content, Ct);

        var part = await ReadAsync(store, address, offset, length);

        Assert.Equal(content.Skip(offset).Take(length ?? int.MaxValue), part);
    }

    [Fact]
    public async Task Deleted_content_is_not_there_and_can_be_stored_anew()
    {
        var (store, content) = (await OpenAsync(), A.Bytes(1_000));
        var address = store.AddressOf(content);
        await store.PutAsync(address, content, Ct);

        await store.DeleteAsync(address, Ct);
        var length = await store.FindLengthAsync(address, Ct);
        var found = await store.FindAsync(address, 0, null, Ct);
        await store.PutAsync(address, content, Ct);

        if (Forgets) Assert.Null(length);
        if (Forgets) Assert.Null(found);
        Assert.Equal(content, await ReadAsync(store, address));
    }

    [Fact]
    public async Task Deleting_what_is_not_there_succeeds_and_leaves_the_rest_alone()
    {
        var (store, content) = (await OpenAsync(), A.Bytes(1_000));
        var address = store.AddressOf(content);
        await store.PutAsync(address, content, Ct);

        await store.DeleteAsync(store.AddressOf(A.Bytes(1_000, seed: 2)), Ct);

        Assert.Equal(content, await ReadAsync(store, address));
    }

    protected static async Task<byte[]> ReadAsync(IContentStore store, Cid address, long offset = 0, long? length = null)
    {
        await using var stream = await store.FindAsync(address, offset, length, Ct);
        Assert.NotNull(stream);
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes, Ct);
        return bytes.ToArray();
    }
}
