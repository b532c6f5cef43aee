using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Time.Testing;
using RemoteLog.Protocol;
using RemoteLog.Storage.Azure;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests.Azure;

/// <summary>Links by which anybody reads content for some minutes, signed as in Azure: with a key that the account gives to our identity.</summary>
public sealed class LinkTests(SecureAzurite azurite) : IClassFixture<SecureAzurite>, IAsyncLifetime
{
    private static readonly TimeSpan Validity = TimeSpan.FromMinutes(10);
    private static readonly byte[] Content = A.Bytes(1000);

    private readonly FakeTimeProvider time = new(DateTimeOffset.UtcNow);
    private AzureStorage storage = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        storage = azurite.Open(time);
        await storage.PrepareAsync([], Ct);
        await storage.Storage.Content.PutAsync(Cid.Of(Content), Content, Ct);
    }

    public ValueTask DisposeAsync()
    {
        storage.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Anybody_reads_by_a_link_and_does_nothing_else()
    {
        var link = await LinkAsync();

        using var whole = await azurite.Http.GetAsync(link, Ct);
        using var part = await azurite.Http.SendAsync(new HttpRequestMessage(HttpMethod.Get, link) { Headers = { Range = new RangeHeaderValue(2, 4) } }, Ct);
        using var unsigned = await azurite.Http.GetAsync(link.GetLeftPart(UriPartial.Path), Ct);
        using var other = await azurite.Http.GetAsync(link.AbsoluteUri.Replace($"{Cid.Of(Content)}", $"{Cid.Of("other"u8)}", StringComparison.Ordinal), Ct);
        using var deleted = await azurite.Http.DeleteAsync(link, Ct);

        Assert.Equal(Content, await whole.Content.ReadAsByteArrayAsync(Ct));
        Assert.Contains("immutable", $"{whole.Headers.CacheControl}", StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.PartialContent, 3), (part.StatusCode, part.Content.Headers.ContentLength));
        Assert.All([unsigned, other, deleted], answer => Assert.True(answer.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound));
        Assert.Equal(Content.Length, await storage.Storage.Content.FindLengthAsync(Cid.Of(Content), Ct));
    }

    [Fact]
    public async Task A_link_is_for_https_from_before_now_and_no_longer_than_asked()
    {
        var link = await LinkAsync();

        var fields = link.Query[1..].Split('&').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]));
        Assert.Equal(("https", "r", "b"), (fields["spr"], fields["sp"], fields["sr"]));
        Assert.InRange(DateTimeOffset.Parse(fields["st"]), time.GetUtcNow().AddMinutes(-5).AddSeconds(-1), time.GetUtcNow().AddMinutes(-5));
        Assert.InRange(DateTimeOffset.Parse(fields["se"]), time.GetUtcNow().Add(Validity).AddSeconds(-1), time.GetUtcNow().Add(Validity));
    }

    [Fact]
    public async Task A_link_that_is_over_gives_nothing()
    {
        // As it was made half an hour ago.
        time.AdjustTime(DateTimeOffset.UtcNow.AddMinutes(-30));

        using var answer = await azurite.Http.GetAsync(await LinkAsync(), Ct);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task One_key_signs_all_links_of_half_a_day_and_is_renewed_well_before_it_ends()
    {
        var before = Keys();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => LinkAsync()));
        time.Advance(TimeSpan.FromHours(11.9));
        await LinkAsync();
        Assert.Equal(before + 1, Keys());

        time.Advance(TimeSpan.FromHours(0.2));
        await LinkAsync();
        await LinkAsync();

        Assert.Equal(before + 2, Keys());
    }

    private int Keys() => azurite.Requests.Count(request => request.Query.Contains("comp=userdelegationkey", StringComparison.Ordinal));

    private async Task<Uri> LinkAsync() => (await storage.Storage.Content.FindSignedLinkAsync(Cid.Of(Content), Validity, Ct))!;
}
