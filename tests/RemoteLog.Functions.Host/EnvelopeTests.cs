using System.Net;
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
        var endless = new EndlessContent();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/Seal") { Content = endless, Headers = { ExpectContinue = true, TransferEncodingChunked = true } };
        var answering = http.SendAsync(request);

        await endless.IsAskedFor;
        time.Advance(TimeSpan.FromSeconds(240));

        Assert.Equal(HttpStatusCode.InternalServerError, (await answering).StatusCode);
    }

    private async Task<HttpClient> StartAsync(params string[] settings)
    {
        service = RemoteLogApp.Build([.. settings, "--Data:Folder", folder.Path, "--Logging:LogLevel:Default", "None"], time);
        await service.StartAsync();
        var handler = new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) };
        return new HttpClient(handler) { BaseAddress = new Uri(service.Urls.Single()) };
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient http, string path, string envelope) =>
        http.PostAsync(path, new StringContent(envelope, Encoding.UTF8, "application/json"));

    /// <summary>A body that never ends. That it is asked for tells that the call has begun.</summary>
    private sealed class EndlessContent : HttpContent
    {
        private readonly TaskCompletionSource asked = new();
        private readonly TaskCompletionSource end = new();

        public Task IsAskedFor => asked.Task;

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            asked.SetResult();
            await end.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
