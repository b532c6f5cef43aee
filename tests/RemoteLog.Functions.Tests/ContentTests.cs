using System.Net;
using RemoteLog.Protocol;
using static RemoteLog.Functions.Tests.TestService;

namespace RemoteLog.Functions.Tests;

/// <summary>Content by its address.</summary>
public sealed class ContentTests : IAsyncLifetime
{
    private readonly byte[] data = [.. Enumerable.Range(0, 200_000).Select(i => (byte)(i * 7))];
    private TestService service = null!;

    private string Path => $"/api/v1/content/{Cid.Of(data)}";

    public async ValueTask InitializeAsync() => service = await StartAsync();

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Fact]
    public async Task What_is_put_can_be_got()
    {
        Assert.Equal(HttpStatusCode.Created, (await PutAsync()).StatusCode);

        var response = await service.GetAsync(Path);

        Assert.Equal(data, await response.Content.ReadAsByteArrayAsync());
        Assert.Equal("public, max-age=31536000, immutable", string.Join(", ", response.Headers.GetValues("Cache-Control")));
    }

    [Fact]
    public async Task Putting_it_again_succeeds()
    {
        await PutAsync();

        Assert.Equal(HttpStatusCode.OK, (await PutAsync()).StatusCode);
    }

    [Fact]
    public async Task Content_of_undeclared_length_streams_in()
    {
        var request = new HttpRequestMessage(HttpMethod.Put, Path) { Content = new StreamContent(new MemoryStream(data)), Headers = { TransferEncodingChunked = true } };

        Assert.Equal(HttpStatusCode.Created, (await service.Http.SendAsync(request)).StatusCode);

        Assert.Equal(data, await service.Http.GetByteArrayAsync(Path));
    }

    [Fact]
    public async Task Head_tells_the_length_and_sends_nothing()
    {
        await PutAsync();

        var response = await service.SendAsync(HttpMethod.Head, Path);

        Assert.Equal(data.Length, response.Content.Headers.ContentLength);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Head_of_unknown_content_is_not_found_and_sends_nothing()
    {
        var response = await service.SendAsync(HttpMethod.Head, Path);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("bytes=0-0", 0, 1)]
    [InlineData("bytes=100-199", 100, 100)]
    [InlineData("bytes=199999-", 199_999, 1)]
    [InlineData("bytes=150000-999999", 150_000, 50_000)]
    [InlineData("bytes=-10", 199_990, 10)]
    [InlineData("bytes=-999999", 0, 200_000)]
    public async Task A_range_is_sent_as_asked(string range, int offset, int count)
    {
        await PutAsync();

        var response = await service.GetAsync(Path, ("Range", range));

        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal(data[offset..(offset + count)], await response.Content.ReadAsByteArrayAsync());
        Assert.Equal($"bytes {offset}-{offset + count - 1}/200000", response.Content.Headers.ContentRange!.ToString());
    }

    [Theory]
    [InlineData("bytes=0-1,5-6")]
    [InlineData("lines=1-2")]
    [InlineData("rubbish")]
    public async Task A_range_of_another_kind_gets_the_whole(string range)
    {
        await PutAsync();

        var response = await service.GetAsync(Path, ("Range", range));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(data, await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Content_that_a_reader_has_is_not_sent_again()
    {
        await PutAsync();
        var tag = (await service.GetAsync(Path)).Headers.ETag!.Tag;

        Assert.Equal(HttpStatusCode.NotModified, (await service.GetAsync(Path, ("If-None-Match", tag))).StatusCode);
    }

    [Fact]
    public async Task An_upload_that_breaks_off_leaves_nothing()
    {
        var request = new HttpRequestMessage(HttpMethod.Put, Path) { Content = new StreamContent(new BreakingStream(data)) { Headers = { ContentLength = data.Length } } };
        await Assert.ThrowsAnyAsync<Exception>(() => service.Http.SendAsync(request));

        await AssertProblemAsync(await service.GetAsync(Path), 404, "unknown-content");
        Assert.Equal(HttpStatusCode.Created, (await PutAsync()).StatusCode);
    }

    private Task<HttpResponseMessage> PutAsync() => service.Http.PutAsync(Path, new ByteArrayContent(data));

    /// <summary>Half of it comes, then the sender is gone.</summary>
    private sealed class BreakingStream(byte[] data) : MemoryStream(data)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Position > Length / 2 ? throw new IOException("gone") : base.ReadAsync(buffer, cancellationToken);
    }
}
