using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using RemoteLog.Functions.Host.Simulator;
using RemoteLog.Protocol;
using RemoteLog.Testing;

namespace RemoteLog.Functions.Host;

/// <summary>What a client meets that talks to the service through the host.</summary>
public sealed class HttpTests(PublishedApp app) : IAsyncLifetime
{
    private readonly Site site = new(app);
    private readonly Device device = new();
    private SimulatedHost host = null!;
    private HttpClient http = null!;

    public async ValueTask InitializeAsync()
    {
        host = await site.StartAsync();
        http = new HttpClient { BaseAddress = host.Address };
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await host.DisposeAsync();
        site.Dispose();
    }

    [Fact]
    public async Task What_is_appended_can_be_read()
    {
        await AppendAsync("one", "two");
        await AppendAsync("three");

        Assert.Equal(["one", "two", "three"], await site.ReadAsync(host, device));
    }

    [Fact]
    public async Task A_head_is_waited_for()
    {
        await AppendAsync("one");
        var known = (await site.ClientOf(host).FindHeadAsync(device.Log))!;
        var waiting = site.ClientOf(host).WaitForHeadAsync(device.Log, known.ETag, TimeSpan.FromSeconds(60));

        await AppendAsync("two");

        Assert.Equal(2, (await waiting)!.Head.Sequence);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Content_goes_up_and_comes_down(bool chunked)
    {
        var content = A.Bytes(3_000_000);
        var path = $"/api/v1/content/{Cid.Of(content)}";
        using var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = new ByteArrayContent(content) };
        request.Headers.TransferEncodingChunked = chunked;

        Assert.Equal(HttpStatusCode.Created, (await http.SendAsync(request)).StatusCode);

        Assert.Equal(content, await http.GetByteArrayAsync(path));
        using var part = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Range = new RangeHeaderValue(10, 19) } };
        Assert.Equal(content[10..20], await (await http.SendAsync(part)).Content.ReadAsByteArrayAsync());
        var head = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));
        Assert.Equal(content.Length, head.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task A_body_over_the_hosts_own_limit_never_reaches_the_handler()
    {
        var answer = await ExchangeAsync($"PUT /api/v1/content/x HTTP/1.1\r\nHost: x\r\nContent-Length: {Proxy.MaxBodyBytes + 1}\r\n\r\n");

        Assert.Equal("HTTP/1.1 500", answer[..12]);
    }

    [Fact]
    public async Task An_unchanged_head_is_304_and_a_tag_is_kept()
    {
        await AppendAsync("one");
        var first = await http.GetAsync(device.Path);
        using var again = new HttpRequestMessage(HttpMethod.Get, device.Path) { Headers = { IfNoneMatch = { first.Headers.ETag! } } };

        var second = await http.SendAsync(again);

        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Equal(first.Headers.ETag, second.Headers.ETag);
    }

    [Fact]
    public async Task A_problem_comes_through_unchanged()
    {
        device.Write("never sent");

        var answer = await PostAsync(http, device.Path + "/segments", device.Write("past the head"), "application/x-protobuf");

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("urn:remotelog:problem:gap", problem.GetProperty("type").GetString());
        Assert.Equal(JsonValueKind.Null, problem.GetProperty("head").ValueKind);
    }

    [Theory]
    [InlineData("/Seal")]
    [InlineData("//Seal")]
    [InlineData("/api/Seal")]
    [InlineData("/api/../Seal")]
    [InlineData("/api/%2e%2e/Seal")]
    [InlineData("/api/..%2fSeal")]
    [InlineData("/api/v1/logs/../../../Seal")]
    [InlineData("/api/v1/content/..%2f..%2f..%2fSeal")]
    public async Task A_forged_envelope_never_reaches_the_trigger(string path)
    {
        await AppendAsync("1", "2", "3", "4");
        var envelope = Forged();

        var answer = await ExchangeAsync(
            $"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {envelope.Length}\r\nConnection: close\r\n\r\n{envelope}");

        Assert.Equal("HTTP/1.1 404", answer[..12]);
        Assert.Equal(0, (await site.HeadAsync(host, device)).Sealed);
    }

    [Theory]
    [InlineData("x-ms-invocation-id")]
    [InlineData("X-Forwarded-For")]
    [InlineData("x-forwarded-host")]
    public async Task An_envelope_with_a_header_of_proxied_calls_is_refused(string header)
    {
        await AppendAsync("1", "2", "3", "4");
        using var direct = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{host.Handler.Port}") };
        direct.DefaultRequestHeaders.Add(header, "anything");

        var answer = await PostAsync(direct, "/Seal", Encoding.UTF8.GetBytes(Forged()), "application/json");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("urn:remotelog:problem:not-found", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(0, (await site.HeadAsync(host, device)).Sealed);
    }

    private string Forged() => $$$"""{"Data":{"log":"{{{Convert.ToBase64String(Encoding.ASCII.GetBytes($"{device.Log}"))}}}"},"Metadata":{}}""";

    private Task<Head> AppendAsync(params string[] messages) => site.ClientOf(host).AppendAsync(device.Log, device.Write(messages));

    private static Task<HttpResponseMessage> PostAsync(HttpClient http, string path, byte[] body, string type) =>
        http.PostAsync(path, new ByteArrayContent(body) { Headers = { ContentType = new(type) } });

    /// <summary>As it is written, where HttpClient would tidy up the path.</summary>
    private async Task<string> ExchangeAsync(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, host.Address.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(stream);
        return await reader.ReadLineAsync() ?? "";
    }
}
