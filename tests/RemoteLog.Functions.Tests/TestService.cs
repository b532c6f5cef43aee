using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using RemoteLog.Protocol;
using RemoteLog.Testing;

namespace RemoteLog.Functions.Tests;

/// <summary>The real app, listening on a port of its own, with its data in a folder that goes with it.</summary>
public sealed class TestService : IAsyncDisposable
{
    public const string Protobuf = "application/x-protobuf";

    private readonly WebApplication app;
    private readonly TemporaryFolder folder;

    private TestService(WebApplication app, TemporaryFolder folder)
    {
        this.app = app;
        this.folder = folder;
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public HttpClient Http { get; }

    public string DataFolder => folder.Path;

    public IServiceProvider Services => app.Services;

    public static Task<TestService> StartAsync(params string[] settings) => StartAsync(TimeProvider.System, settings);

    public static Task<TestService> StartAsync(TimeProvider time, params string[] settings) => StartAsync(time, replace: null, settings);

    /// <param name="replace">Puts others in the place of what reaches beyond the process.</param>
    public static async Task<TestService> StartAsync(TimeProvider time, Action<IServiceCollection>? replace, params string[] settings)
    {
        var folder = new TemporaryFolder();
        var app = RemoteLogApp.Build(
            ["--urls", "http://127.0.0.1:0", "--Data:Folder", folder.Path, "--Logging:LogLevel:Default", "Warning", .. settings], time, replace);
        await app.StartAsync();
        return new TestService(app, folder);
    }

    public Task<HttpResponseMessage> AppendAsync(Device device, byte[] segment) => PostAsync(device.Path + "/segments", segment);

    public Task<HttpResponseMessage> PostAsync(string path, byte[] body, string contentType = Protobuf) =>
        Http.PostAsync(path, new ByteArrayContent(body) { Headers = { ContentType = MediaTypeHeaderValue.Parse(contentType) } });

    /// <summary>GET with further headers.</summary>
    public Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, headers);

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return Http.SendAsync(request);
    }

    /// <summary>The head, or null where nothing was ever written.</summary>
    public async Task<Head?> FindHeadAsync(Device device)
    {
        var response = await GetAsync(device.Path, ("Accept", Protobuf));
        if (!response.IsSuccessStatusCode) return null;
        Assert.True(Head.TryParse(await response.Content.ReadAsByteArrayAsync(), out var head));
        return head;
    }

    /// <summary>All messages of the streamed answer after a sequence, each verified against the owner's signature.</summary>
    public async Task<IReadOnlyList<Page>> ReadAsync(Device device, long after = 0)
    {
        var bytes = await (await GetAsync($"{device.Path}/entries?after={after}", ("Accept", Protobuf))).Content.ReadAsByteArrayAsync();
        List<Page> pages = [];
        for (var rest = bytes.AsMemory(); !rest.IsEmpty;)
        {
            int length = 0, used = 0;
            do length |= (rest.Span[used] & 0x7f) << (7 * used);
            while (rest.Span[used++] >= 0x80);
            Assert.True(Page.TryParse(rest.Slice(used, length), out var page));
            Assert.True(page.CheckpointOf(device.Log).Verify());
            pages.Add(page);
            rest = rest[(used + length)..];
        }
        return pages;
    }

    /// <summary>Asserts that an answer is this problem, as RFC 9457 wants it.</summary>
    public static async Task<JsonElement> AssertProblemAsync(HttpResponseMessage response, int status, string name)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonDocument.Parse(text).RootElement;
        Assert.Equal($"urn:remotelog:problem:{name}", problem.GetProperty("type").GetString());
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        return problem;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        folder.Dispose();
    }
}
