using System.Net;
using System.Net.Http.Headers;
using RemoteLog.Client;
using RemoteLog.Functions.Host.Simulator;
using RemoteLog.Protocol;
using RemoteLog.Testing;

namespace RemoteLog.Functions.Host;

/// <summary>Readers of content who are sent to where it lies.</summary>
public sealed class RedirectTests(PublishedApp app)
{
    private static readonly byte[] Content = A.Bytes(100_000);

    private readonly Device device = new();

    [Fact]
    public async Task A_signed_link_gives_content_and_ranges_of_it_immutable_and_to_whoever_has_it()
    {
        await using var site = await AzureSite.OpenAsync(app);
        await using var host = await StartAsync(site, ("Content__Redirect", "signed"), ("Content__LinkMinutes", "7"));
        using var http = Plain(host);
        var path = await UploadAsync(http, Content);

        using var answer = await http.GetAsync(path);

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal("max-age=210, private", $"{answer.Headers.CacheControl}");
        Assert.Null(answer.Headers.ETag);
        using var stranger = new HttpClient();
        using var whole = await stranger.GetAsync(answer.Headers.Location);
        Assert.Equal(Content, await whole.Content.ReadAsByteArrayAsync());
        Assert.Contains("immutable", $"{whole.Headers.CacheControl}", StringComparison.Ordinal);
        Assert.Equal("application/octet-stream", whole.Content.Headers.ContentType?.MediaType);
        using var part = new HttpRequestMessage(HttpMethod.Get, answer.Headers.Location) { Headers = { Range = new RangeHeaderValue(10, 19) } };
        Assert.Equal(Content[10..20], await (await stranger.SendAsync(part)).Content.ReadAsByteArrayAsync());

        // It is for reading, from five minutes ago, for seven minutes.
        var link = QueryOf(answer.Headers.Location!);
        Assert.Equal("r", link["sp"]);
        Assert.Equal(TimeSpan.FromMinutes(12), DateTimeOffset.Parse(link["se"]) - DateTimeOffset.Parse(link["st"]));
        Assert.InRange(DateTimeOffset.UtcNow - DateTimeOffset.Parse(link["st"]), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(6));
        using var write = await stranger.DeleteAsync(answer.Headers.Location);
        Assert.Equal(HttpStatusCode.Forbidden, write.StatusCode);
    }

    [Fact]
    public async Task Only_a_get_of_what_exists_and_is_not_known_yet_is_sent_elsewhere()
    {
        await using var site = await AzureSite.OpenAsync(app);
        await using var host = await StartAsync(site, ("Content__Redirect", "signed"));
        using var http = Plain(host);
        var path = await UploadAsync(http, Content);

        using var absent = await http.GetAsync($"/api/v1/content/{Cid.Of("absent"u8)}");
        using var head = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));
        using var known = await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, path) { Headers = { IfNoneMatch = { head.Headers.ETag! } } });

        Assert.Equal(HttpStatusCode.NotFound, absent.StatusCode);
        Assert.Equal((HttpStatusCode.OK, Content.Length), (head.StatusCode, head.Content.Headers.ContentLength));
        Assert.Contains("immutable", $"{head.Headers.CacheControl}", StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotModified, known.StatusCode);
    }

    [Fact]
    public async Task A_reader_follows_to_the_cdn_without_its_credentials_and_verifies_what_it_gets()
    {
        await using var cdn = await Cdn.StartAsync();
        await using var site = await AzureSite.OpenAsync(app);
        await using var host = await StartAsync(site, ("Content__Redirect", "cdn"), ("Content__CdnUrl", $"{cdn.Address}logs/"));
        using var http = new HttpClient { DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", "for the service only") } };
        var client = new RemoteLogClient(http, host.Address, new RemoteLogClientOptions { Retries = 0 });
        var entry = await client.UploadAsync(() => new MemoryStream(Content));
        await client.AppendAsync(device.Log, device.Write(entry));
        cdn.Content = Content;

        var read = await new LogReader(client, device.Log, new InMemoryLogMemory()).ReadAsync().SingleAsync();

        Assert.Equal(Content, read.Data!.Value.ToArray());
        var request = Assert.Single(cdn.Requests);
        Assert.Equal($"/logs/remotelog-content/{entry.Address}", request.Path);
        Assert.False(request.IsAuthorized);

        cdn.Content = A.Bytes(Content.Length, seed: 2);
        await Assert.ThrowsAsync<InvalidLogException>(async () => await new LogReader(client, device.Log, new InMemoryLogMemory()).ReadAsync().SingleAsync());
    }

    [Theory]
    [InlineData("CdnUrl", "Content__Redirect=cdn")]
    [InlineData("https", "Content__Redirect=cdn", "Content__CdnUrl=http://cdn.example")]
    [InlineData("LinkMinutes", "Content__Redirect=signed", "Content__LinkMinutes=61")]
    [InlineData("Storage:Accounts", "Content__Redirect=signed", "Storage__Accounts=")]
    [InlineData("several", "Content__Redirect=cdn", "Content__CdnUrl=https://cdn.example", "Storage__Accounts=one two")]
    public async Task A_redirect_that_cannot_work_is_refused_at_the_start(string word, params string[] settings)
    {
        using var site = new Site(app);
        var start = site.Start.Settings.ToDictionary();
        foreach (var setting in settings) start[setting.Split('=')[0]] = setting.Split('=')[1];
        await using var host = await SimulatedHost.StartAsync(site.Start with { Settings = start });

        Assert.Equal(HandlerEnd.HostStopped, await host.Handler.Ended);

        var line = Assert.Single(host.Handler.Processes[0].Lines);
        Assert.Equal("Error", line.Level);
        Assert.Contains(word, line.Text, StringComparison.Ordinal);
    }

    private static async Task<SimulatedHost> StartAsync(AzureSite site, params (string Name, string Value)[] settings)
    {
        var all = site.Start.Settings.ToDictionary();
        foreach (var (name, value) in settings) all[name] = value;
        return await SimulatedHost.StartAsync(site.Start with { Settings = all });
    }

    /// <summary>A client that looks at redirects instead of following them.</summary>
    private static HttpClient Plain(SimulatedHost host) => new(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = host.Address };

    private static async Task<string> UploadAsync(HttpClient http, byte[] content)
    {
        var path = $"/api/v1/content/{Cid.Of(content)}";
        using var answer = await http.PutAsync(path, new ByteArrayContent(content));
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return path;
    }

    private static Dictionary<string, string> QueryOf(Uri link) => link.Query[1..].Split('&').Select(pair => pair.Split('=', 2))
        .ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]));
}
