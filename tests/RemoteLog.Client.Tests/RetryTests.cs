using System.Net;
using System.Net.Http.Headers;
using static RemoteLog.Client.Tests.Reads;

namespace RemoteLog.Client.Tests;

public sealed class RetryTests
{
    private readonly Device alice = new();
    private readonly ImpatientClock clock = new();
    private readonly Peer peer;

    public RetryTests()
    {
        peer = new Peer(alice.Log);
        peer.Store(alice.Write("one"));
    }

    [Theory]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.BadGateway)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.RequestTimeout)]
    public async Task What_may_pass_is_tried_again(HttpStatusCode status)
    {
        Fail(times: 2, () => new HttpResponseMessage(status));

        var head = await peer.Client(clock).FindHeadAsync(alice.Log, Ct);

        Assert.Equal(1, head?.Head.Sequence);
        Assert.Equal(3, peer.Requests.Count);
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest)]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.NotImplemented)]
    public async Task What_will_not_pass_is_not_tried_again(HttpStatusCode status)
    {
        Fail(times: 100, () => new HttpResponseMessage(status));

        var refused = await Assert.ThrowsAsync<RefusedException>(() => peer.Client(clock).FindHeadAsync(alice.Log, Ct));

        Assert.Equal((status, null), (refused.Status, refused.Problem));
        Assert.Single(peer.Requests);
    }

    [Fact]
    public async Task A_server_is_left_alone_for_as_long_as_it_asks()
    {
        Fail(times: 1, () =>
        {
            var busy = Peer.Problem(HttpStatusCode.ServiceUnavailable, "busy");
            busy.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(7));
            return busy;
        });

        await peer.Client(clock).FindHeadAsync(alice.Log, Ct);

        Assert.Equal([TimeSpan.FromSeconds(7)], clock.Waits);
    }

    [Fact]
    public async Task A_time_to_come_back_at_is_kept_too()
    {
        Fail(times: 1, () =>
        {
            var busy = Peer.Problem(HttpStatusCode.ServiceUnavailable, "busy");
            busy.Headers.RetryAfter = new RetryConditionHeaderValue(clock.GetUtcNow().AddSeconds(9));
            return busy;
        });

        await peer.Client(clock).FindHeadAsync(alice.Log, Ct);

        Assert.Equal([TimeSpan.FromSeconds(9)], clock.Waits);
    }

    [Fact]
    public async Task A_server_that_asks_for_longer_than_the_caller_waits_is_not_asked_again()
    {
        Fail(times: 100, () =>
        {
            var busy = Peer.Problem(HttpStatusCode.ServiceUnavailable, "busy");
            busy.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromHours(1));
            return busy;
        });

        var refused = await Assert.ThrowsAsync<RefusedException>(() => peer.Client(clock).FindHeadAsync(alice.Log, Ct));

        Assert.Equal("busy", refused.Problem);
        Assert.Single(peer.Requests);
    }

    [Fact]
    public async Task Retries_end_and_each_waits_longer_at_the_most()
    {
        Fail(times: 100, () => throw new HttpRequestException("The network is down."));

        var fault = await Assert.ThrowsAsync<ServerUnreachableException>(() => peer.Client(clock).FindHeadAsync(alice.Log, Ct));

        Assert.Contains("http://peer.test/", fault.Message);
        Assert.Contains("The network is down.", fault.Message);
        Assert.Equal(6, peer.Requests.Count);
        Assert.Equal(5, clock.Waits.Count);
        Assert.All(clock.Waits, wait => Assert.InRange(wait, TimeSpan.Zero, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Without_retries_the_first_failure_is_the_last()
    {
        Fail(times: 100, () => throw new HttpRequestException("The network is down."));

        await Assert.ThrowsAsync<ServerUnreachableException>(
            () => peer.Client(clock, new RemoteLogClientOptions { Retries = 0 }).FindHeadAsync(alice.Log, Ct));

        Assert.Single(peer.Requests);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_asked_for_again()
    {
        Fail(times: 1, () => new HttpResponseMessage(HttpStatusCode.OK) { Content = new BrokenContent() });

        Assert.NotNull(await peer.Client(clock).FindHeadAsync(alice.Log, Ct));
    }

    [Fact]
    public async Task A_caller_who_cancels_is_not_told_of_a_network_fault()
    {
        using var cancel = new CancellationTokenSource();
        peer.Instead = async _ =>
        {
            await cancel.CancelAsync();
            cancel.Token.ThrowIfCancellationRequested();
            return null;
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => peer.Client(clock).FindHeadAsync(alice.Log, cancel.Token));

        Assert.Single(peer.Requests);
    }

    [Fact]
    public async Task Something_that_is_no_RemoteLog_server_is_named_as_such()
    {
        Fail(times: 100, () => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("<html>") });

        var fault = await Assert.ThrowsAsync<RemoteLogException>(() => peer.Client(clock).FindHeadAsync(alice.Log, Ct));

        Assert.Contains("Is it a RemoteLog server?", fault.Message);
    }

    private void Fail(int times, Func<HttpResponseMessage> answer) =>
        peer.Instead = _ => Task.FromResult(times-- > 0 ? answer() : null);

    private sealed class BrokenContent : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => throw new IOException("The connection was reset.");

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
