using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Time.Testing;
using RemoteLog.Testing;

namespace RemoteLog.Functions.Host;

/// <summary>The adapter for envelopes, on its own.</summary>
public sealed class EnvelopeTests : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly FakeTimeProvider time = new(A.Moment);
    private WebApplication? service;

    public async ValueTask DisposeAsync()
    {
        if (service is not null) await service.DisposeAsync();
        folder.Dispose();
    }

    [Theory]
    [InlineData("/Seal")]
    [InlineData("/Ingest")]
    [InlineData("/Sweep")]
    public async Task A_service_that_the_host_did_not_start_has_no_triggers_to_pull(string path)
    {
        using var http = await StartAsync("--urls", "http://127.0.0.1:0");

        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(http, path, "{}")).StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"Data":{}}""")]
    [InlineData("""{"Data":{"log":null}}""")]
    [InlineData("""{"Data":{"log":"no base64"}}""")]
    [InlineData("""{"Data":{"log":"bm8gbmFtZQ=="}}""")]
    [InlineData("""{"Data":{"log":"\"no name\""}}""")]
    [InlineData("""{"Data":{"log":"\"broken"}}""")]
    public async Task An_envelope_without_a_log_fails(string envelope)
    {
        using var http = await StartAsync("--FUNCTIONS_CUSTOMHANDLER_PORT", "0");

        Assert.Equal(HttpStatusCode.InternalServerError, (await PostAsync(http, "/Seal", envelope)).StatusCode);
    }

    [Fact]
    public async Task Success_is_a_json_object()
    {
        using var http = await StartAsync("--FUNCTIONS_CUSTOMHANDLER_PORT", "0");

        var answer = await PostAsync(http, "/Sweep", """{"Data":{},"Metadata":{}}""");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("{}", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_call_that_takes_longer_than_its_deadline_fails()
    {
        using var http = await StartAsync("--FUNCTIONS_CUSTOMHANDLER_PORT", "0");
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, http.BaseAddress!.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync("POST /Seal HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"u8.ToArray());
        using var reader = new StreamReader(stream);

        // The body is asked for, so the call has begun; and it never comes.
        Assert.Equal("HTTP/1.1 100 Continue", await reader.ReadLineAsync());
        await reader.ReadLineAsync();
        time.Advance(TimeSpan.FromSeconds(240));

        Assert.Equal("HTTP/1.1 500 Internal Server Error", await reader.ReadLineAsync());
    }

    private async Task<HttpClient> StartAsync(params string[] settings)
    {
        service = RemoteLogApp.Build([.. settings, "--Data:Folder", folder.Path, "--Logging:LogLevel:Default", "None"], time);
        await service.StartAsync();
        return new HttpClient { BaseAddress = new Uri(service.Urls.Single()) };
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient http, string path, string envelope) =>
        http.PostAsync(path, new StringContent(envelope, Encoding.UTF8, "application/json"));
}
