using System.Diagnostics;
using System.Net;

namespace RemoteLog.Client.Tests;

public sealed class TraceTests
{
    [Fact]
    public async Task A_request_carries_the_trace_of_the_app_around_it()
    {
        using var port = new ReservedPort();
        using var listener = new HttpListener();
        var address = $"http://127.0.0.1:{port.Number}/";
        listener.Prefixes.Add(address);
        listener.Start();
        var answered = AnswerAsync(listener);
        using var http = new HttpClient();
        var client = new RemoteLogClient(http, new Uri(address), new RemoteLogClientOptions { Retries = 0 });
        using var activity = new Activity("reading").SetIdFormat(ActivityIdFormat.W3C).Start();

        await Assert.ThrowsAsync<RefusedException>(() => client.FindHeadAsync(new Device().Log, TestContext.Current.CancellationToken));

        Assert.StartsWith($"00-{activity.TraceId}-", await answered);
    }

    private static async Task<string?> AnswerAsync(HttpListener listener)
    {
        var context = await listener.GetContextAsync();
        context.Response.StatusCode = (int)HttpStatusCode.BadRequest;
        context.Response.Close();
        return context.Request.Headers["traceparent"];
    }
}
