using System.Net;
using static RemoteLog.Client.Tests.Reads;

namespace RemoteLog.Client.Tests;

public sealed class FollowingTests
{
    private readonly Device alice = new();
    private readonly Peer peer;

    public FollowingTests() => peer = new Peer(alice.Log);

    [Fact]
    public async Task A_follower_gets_what_is_there_and_then_what_is_written()
    {
        peer.Store(alice.Write("one", "two"));
        await using var entries = peer.Reader(alice.Log).FollowAsync(after: 1, Ct).GetAsyncEnumerator(Ct);
        Assert.True(await entries.MoveNextAsync());
        Assert.Equal("two", Text(entries.Current));

        var next = entries.MoveNextAsync();
        Assert.False(next.IsCompleted);
        peer.Store(alice.Write("three"));

        Assert.True(await next);
        Assert.Equal((3, "three"), (entries.Current.Sequence, Text(entries.Current)));
    }

    [Fact]
    public async Task A_follower_waits_by_holding_a_request_open()
    {
        peer.Store(alice.Write("one"));
        await using var entries = peer.Reader(alice.Log).FollowAsync(0, Ct).GetAsyncEnumerator(Ct);
        await entries.MoveNextAsync();

        var next = entries.MoveNextAsync();
        Assert.Equal($"GET /api/v1/logs/{alice.Log}?wait=55", peer.Requests.Last());
        peer.Store(alice.Write("two"));

        Assert.True(await next);
        Assert.Equal(4, peer.Requests.Count);
    }

    [Fact]
    public async Task A_log_that_does_not_exist_yet_is_waited_for()
    {
        var clock = new ImpatientClock();
        var asked = 0;
        peer.Instead = _ =>
        {
            if (++asked == 3) peer.Store(alice.Write("one"));
            return Task.FromResult<HttpResponseMessage?>(null);
        };
        var reader = new LogReader(peer.Client(clock), alice.Log, new InMemoryLogMemory());
        await using var entries = reader.FollowAsync(0, Ct).GetAsyncEnumerator(Ct);

        Assert.True(await entries.MoveNextAsync());

        Assert.Equal("one", Text(entries.Current));
        Assert.Equal(2, clock.Waits.Count);
    }

    [Fact]
    public async Task A_server_that_does_not_hold_requests_is_not_asked_without_pause()
    {
        peer.Store(alice.Write("one"));
        var clock = new ImpatientClock();
        var unchanged = 0;
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        peer.Instead = request =>
        {
            if (request.Headers.IfNoneMatch.Count == 0) return Task.FromResult<HttpResponseMessage?>(null);
            if (++unchanged <= 5) return Task.FromResult<HttpResponseMessage?>(new HttpResponseMessage(HttpStatusCode.NotModified));
            held.TrySetResult();
            return Task.FromResult<HttpResponseMessage?>(null);
        };
        var reader = new LogReader(peer.Client(clock), alice.Log, new InMemoryLogMemory());
        await using var entries = reader.FollowAsync(0, Ct).GetAsyncEnumerator(Ct);
        await entries.MoveNextAsync();

        var next = entries.MoveNextAsync();
        await held.Task;
        peer.Store(alice.Write("two"));

        Assert.True(await next);
        Assert.Equal(5, clock.Waits.Count);
    }

    [Fact]
    public async Task A_server_that_announces_more_than_it_shows_is_caught()
    {
        peer.Store(alice.Write("one"));
        peer.Store(alice.Write("two"));
        peer.Pages.RemoveAt(1);
        await using var entries = peer.Reader(alice.Log).FollowAsync(0, Ct).GetAsyncEnumerator(Ct);
        await entries.MoveNextAsync();

        var fault = await Assert.ThrowsAsync<RolledBackException>(async () => await entries.MoveNextAsync());

        Assert.Equal((2, 1), (fault.Remembered.Sequence, fault.Shown));
    }
}
