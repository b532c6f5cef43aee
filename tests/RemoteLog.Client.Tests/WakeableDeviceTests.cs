using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using static RemoteLog.Client.Tests.Reads;

namespace RemoteLog.Client.Tests;

public sealed class WakeableDeviceTests : IDisposable
{
    private static readonly WakeAddress Address = new("unifiedpush", "https://push.example/secret");

    private readonly TemporaryFolder folder = new();
    private readonly FakeTimeProvider time = new(A.Moment);
    private readonly WakePeer server = new();
    private readonly TestKey key = new();
    private readonly Device writer = new();
    private readonly Device other = new("other");
    private readonly InMemoryLogMemory logs = new();
    private readonly ConcurrentQueue<string> received = [];
    private readonly Peer peer;
    private readonly Peer otherPeer;
    private Func<LogEntry, CancellationToken, ValueTask> receive = (_, _) => default;

    public WakeableDeviceTests() => (peer, otherPeer) = (server.Add(writer), server.Add(other));

    [Fact]
    public async Task Every_statement_has_a_higher_number_also_after_a_restart()
    {
        var device = await RegisteredAsync();
        await device.FollowAsync(writer.Log, cancellationToken: Ct);

        await Open().UnfollowAsync(writer.Log, Ct);
        await Open().GetStatusAsync(Ct);

        Assert.Equal([1, 2, 3, 4], server.Statements.Select(statement => statement.Number));
    }

    [Fact]
    public async Task A_device_that_forgot_its_number_learns_it_from_the_server()
    {
        server.Number = 41;

        await RegisteredAsync();

        Assert.Equal(42, Assert.Single(server.Statements).Number);
    }

    [Fact]
    public async Task A_refusal_that_is_not_about_the_number_is_the_callers()
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(() => Open().FollowAsync(writer.Log, cancellationToken: Ct));

        Assert.Equal("unknown-device", refused.Problem);
        Assert.Empty(await Open().GetFollowsAsync(Ct));
    }

    [Fact]
    public async Task A_log_is_unfollowed_although_the_server_forgot_the_device()
    {
        var device = await RegisteredAsync();
        await device.FollowAsync(writer.Log, cancellationToken: Ct);
        server.IsRegistered = false;

        var refused = await Assert.ThrowsAsync<RefusedException>(() => device.UnfollowAsync(writer.Log, Ct));

        Assert.Equal("unknown-device", refused.Problem);
        Assert.Empty(await device.GetFollowsAsync(Ct));
    }

    [Fact]
    public async Task The_key_that_reads_hints_stays_the_same()
    {
        await RegisteredAsync();
        await Open().RegisterAsync(Address with { Endpoint = "https://push.example/next" }, Ct);

        var registered = server.Statements.OfType<DeviceStatement.Register>().ToArray();
        Assert.Equal(registered[0].PublicKey.ToArray(), registered[1].PublicKey.ToArray());
        Assert.Equal(registered[0].Secret.ToArray(), registered[1].Secret.ToArray());
    }

    [Fact]
    public async Task A_webhook_is_registered_with_its_own_secret_and_no_key()
    {
        await Open().RegisterAsync(new WakeAddress("webhook", "https://hook.example/") { WebhookSecret = A.Bytes(32) }, Ct);

        var said = Assert.IsType<DeviceStatement.Register>(Assert.Single(server.Statements));
        Assert.Equal(A.Bytes(32), said.Secret.ToArray());
        Assert.True(said.PublicKey.IsEmpty);
    }

    [Fact]
    public async Task Following_again_keeps_the_tag_and_the_position()
    {
        var device = await RegisteredAsync();
        await device.FollowAsync(writer.Log, after: 7, Ct);
        await Open().FollowAsync(writer.Log, cancellationToken: Ct);

        Assert.Single(server.Statements.OfType<DeviceStatement.Follow>().Select(said => said.Tag).Distinct());
        Assert.Equal(7, Assert.Single(await device.GetFollowsAsync(Ct)).Has);
    }

    [Fact]
    public async Task A_server_that_forgot_the_follows_hears_of_them_with_the_next_registration()
    {
        var device = await FollowingAsync();
        server.Follows.Clear();

        await device.RegisterAsync(Address, Ct);

        Assert.Equal(2, server.Follows.Count);
    }

    [Fact]
    public async Task The_first_hint_returns_its_token_and_pulls_everything()
    {
        var device = await FollowingAsync();
        peer.Store(writer.Write("one"));

        var report = await device.ReceiveAsync(Sealed(new Hint([], More: false, WakePeer.Token)), Ct);

        Assert.Equal(HintOutcome.Confirmed, report.Outcome);
        Assert.Equal([WakePeer.Token], server.Confirmations);
        Assert.Equal(["1 one"], received);
    }

    [Fact]
    public async Task Only_logs_that_moved_past_what_the_device_has_are_pulled()
    {
        var device = await FollowingAsync();
        peer.Store(writer.Write("one"));
        await device.SyncAsync(Ct);
        otherPeer.Store(other.Write("new"));
        server.Pulls.Clear();

        var report = await device.ReceiveAsync(Sealed(new Hint([Moved(writer, 1), Moved(other, 1)], More: false)), Ct);

        Assert.Equal([other.Path], server.Pulls);
        Assert.Equal([other.Log], report.Logs);
        Assert.True(report.IsComplete);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_hint_that_says_more_or_names_an_unknown_tag_pulls_everything(bool more)
    {
        var device = await FollowingAsync();
        MovedTag[] moved = more ? [] : [new MovedTag(new HintTag(A.Bytes(16)), 1)];

        var report = await device.ReceiveAsync(Sealed(new Hint(moved, more)), Ct);

        Assert.Equal(2, report.Logs.Count);
    }

    [Fact]
    public async Task What_is_not_encrypted_to_the_device_causes_nothing()
    {
        var device = await FollowingAsync();
        using var stranger = HintKey.Create();
        var foreign = HintCipher.Encrypt(new Hint([], More: true), stranger.PublicKey.Span, stranger.Secret.Span);

        Assert.Equal(HintOutcome.Unreadable, (await device.ReceiveAsync(foreign, Ct)).Outcome);
        Assert.Equal(HintOutcome.Unreadable, (await device.ReceiveAsync(A.Bytes(HintCipher.Size), Ct)).Outcome);
        Assert.Equal(HintOutcome.Unreadable, (await device.ReceiveAsync(default(ReadOnlyMemory<byte>), Ct)).Outcome);
        Assert.Empty(server.Pulls);
    }

    [Fact]
    public async Task A_hint_that_lies_about_a_sequence_brings_what_there_is()
    {
        var device = await FollowingAsync();
        peer.Store(writer.Write("one"));

        var report = await device.ReceiveAsync(Sealed(new Hint([Moved(writer, long.MaxValue)], More: false)), Ct);

        Assert.Equal(1, report.Entries);
        Assert.True(report.IsComplete);
    }

    [Fact]
    public async Task A_flood_of_hints_is_noted_down_and_pulled_when_its_time_has_come()
    {
        var device = await FollowingAsync(new WakeOptions { HintBurst = 2, HintGap = TimeSpan.FromSeconds(10) });
        var hint = Sealed(new Hint([], More: true));
        await device.ReceiveAsync(hint, Ct);
        await device.ReceiveAsync(hint, Ct);
        peer.Store(writer.Write("one"));

        var early = await device.ReceiveAsync(hint, Ct);
        server.Pulls.Clear();
        time.Advance(TimeSpan.FromSeconds(10));
        var late = await device.ReceiveAsync(Sealed(new Hint([], More: false)), Ct);

        Assert.Equal((HintOutcome.TooSoon, false), (early.Outcome, early.IsComplete));
        Assert.Equal(HintOutcome.Synced, late.Outcome);
        Assert.Equal(["1 one"], received);
    }

    [Fact]
    public async Task The_server_is_told_in_the_end_what_the_device_has_and_not_told_twice()
    {
        var device = await FollowingAsync();
        peer.Store(writer.Write("one", "two"));

        var first = await device.ReceiveAsync(Sealed(new Hint([Moved(writer, 2)], More: false)), Ct);
        await device.ReceiveAsync(Sealed(new Hint([Moved(writer, 2)], More: false)), Ct);

        Assert.True(first.IsReported);
        Assert.Equal([Moved(writer, 2)], Assert.Single(server.Seen).Has);
    }

    [Fact]
    public async Task What_the_server_did_not_hear_is_told_next_time()
    {
        var device = await FollowingAsync();
        peer.Store(writer.Write("one"));
        server.Instead = (request, _) => Task.FromResult(request.RequestUri!.AbsolutePath.EndsWith("/seen", StringComparison.Ordinal)
            ? Peer.Problem(System.Net.HttpStatusCode.NotFound, "unknown-device") : null);
        var unheard = await device.SyncAsync(Ct);
        server.Instead = (_, _) => Task.FromResult<HttpResponseMessage?>(null);

        var heard = await device.SyncAsync(Ct);

        Assert.Equal((false, true), (unheard.IsReported, heard.IsReported));
        Assert.Equal([Moved(writer, 1)], Assert.Single(server.Seen).Has);
    }

    [Fact]
    public async Task Bytes_are_bounded_and_the_next_hint_goes_on_where_this_one_ended()
    {
        var device = await FollowingAsync(new WakeOptions { Bytes = 3000 });
        for (var i = 0; i < 10; i++) peer.Store(writer.Write(A.Entry(1000, seed: i)));

        var first = await device.ReceiveAsync(Sealed(new Hint([Moved(writer, 10)], More: false)), Ct);
        var has = Has();
        var second = await device.ReceiveAsync(Sealed(new Hint([], More: false)), Ct);

        Assert.False(first.IsComplete);
        Assert.InRange(first.Bytes, 3000, 4500);
        Assert.Equal(first.Entries, await has);
        Assert.Equal(Enumerable.Range(1, (int)(first.Entries + second.Entries)).Select(i => $"{i}"), received.Select(line => line.Split(' ')[0]));
        Assert.True(second.Entries > 0);
    }

    [Fact]
    public async Task Content_that_does_not_fit_waits_and_is_passed_in_the_end()
    {
        var device = await FollowingAsync(new WakeOptions { Bytes = 3000 });
        foreach (var size in new[] { 1400, 1400, 1400, 2000 })
        {
            var data = A.Bytes(size, seed: size);
            peer.Content[Cid.Of(data)] = data;
            peer.Store(writer.Write(Entry.At(Cid.Of(data), Digest.Of(data), size)));
        }

        var reports = new List<SyncReport>();
        do reports.Add(await device.SyncAsync(Ct));
        while (!reports[^1].IsComplete && reports.Count < 10);

        Assert.True(reports[^1].IsComplete);
        Assert.All(reports, report => Assert.InRange(report.Bytes, 0, 4500));
        Assert.True(reports.Count > 1);
        Assert.Equal(["1", "2", "3", "4"], received.Select(line => line.Split(' ')[0]));
        Assert.Equal("4 (none)", received.Last());
    }

    [Fact]
    public async Task Time_is_bounded_and_what_was_handed_over_stays_so()
    {
        var device = await FollowingAsync();
        peer.Store(writer.Write("one", "two"));
        receive = (entry, cancellationToken) =>
        {
            if (entry.Sequence == 2) time.Advance(TimeSpan.FromSeconds(23));
            cancellationToken.ThrowIfCancellationRequested();
            return default;
        };

        var report = await device.ReceiveAsync(Sealed(new Hint([Moved(writer, 2)], More: false)), Ct);
        receive = (_, _) => default;
        var next = await device.ReceiveAsync(Sealed(new Hint([], More: false)), Ct);

        Assert.Equal((1, false), (report.Entries, report.IsComplete));
        Assert.Equal([Moved(writer, 1)], server.Seen.First().Has);
        Assert.Equal((1, true), (next.Entries, next.IsComplete));
        Assert.Equal(["1 one", "2 two"], received);
    }

    [Fact]
    public async Task Cancelled_at_any_entry_nothing_is_lost_and_nothing_comes_twice()
    {
        var device = await FollowingAsync();
        for (var i = 1; i <= 5; i++) peer.Store(writer.Write($"{i}"));

        for (var at = 1; at <= 5; at++)
        {
            using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Ct);
            receive = async (entry, cancellationToken) =>
            {
                if (entry.Sequence != at) return;
                await cancel.CancelAsync();
                cancellationToken.ThrowIfCancellationRequested();
            };
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => device.ReceiveAsync(Sealed(new Hint([], More: true)), cancel.Token));
            Assert.Equal(at - 1, await Has());
        }
        receive = (_, _) => default;
        await Open().SyncAsync(Ct);

        Assert.Equal(["1 1", "2 2", "3 3", "4 4", "5 5"], received);
    }

    [Fact]
    public async Task An_app_that_fails_to_take_an_entry_gets_it_again()
    {
        var device = await FollowingAsync();
        peer.Store(writer.Write("one", "two"));
        receive = (entry, _) => entry.Sequence == 2 ? throw new InvalidOperationException("disk full") : default;
        await Assert.ThrowsAsync<InvalidOperationException>(() => device.SyncAsync(Ct));
        receive = (_, _) => default;

        await device.SyncAsync(Ct);

        Assert.Equal(["1 one", "2 two"], received);
    }

    [Fact]
    public async Task A_log_that_lies_does_not_keep_others_from_coming()
    {
        var device = await FollowingAsync();
        peer.Store(writer.Write("one"));
        peer.Rewrite(0, _ => [A.Entry()]);
        otherPeer.Store(other.Write("new"));

        var report = await device.ReceiveAsync(Sealed(new Hint([], More: true)), Ct);

        Assert.IsType<InvalidLogException>(report.Faults[writer.Log]);
        Assert.Equal(["1 new"], received);
        Assert.False(report.IsComplete);
    }

    [Fact]
    public async Task Two_processes_of_one_device_share_its_memory()
    {
        await RegisteredAsync();
        var topics = Enumerable.Range(0, 8).Select(i => new Device($"log-{i}").Log).ToArray();

        await Task.WhenAll(topics.Select(log => Open().FollowAsync(log, cancellationToken: Ct)));

        Assert.Equal(topics.Select(log => log.ToString()).Order(), (await Open().GetFollowsAsync(Ct)).Select(follow => follow.Log.ToString()).Order());
        Assert.Equal(server.Statements.Count, server.Statements.Select(said => said.Number).Distinct().Count());
    }

    public void Dispose() => folder.Dispose();

    private WakeableDevice Open(WakeOptions? options = null) => new(
        new RemoteLogClient(new HttpClient(server, disposeHandler: false), new Uri("http://peer.test/"), new RemoteLogClientOptions { Retries = 0 }, time), key, logs,
        new FileDeviceMemory(Path.Combine(folder.Path, "device")),
        async (_, entry, cancellationToken) =>
        {
            await receive(entry, cancellationToken);
            received.Enqueue($"{entry.Sequence} {(entry.Size < 100 ? Text(entry) : entry.Data is null ? "(none)" : "data")}");
        },
        options);

    private async Task<WakeableDevice> RegisteredAsync(WakeOptions? options = null)
    {
        var device = Open(options);
        await device.RegisterAsync(Address, Ct);
        return device;
    }

    private async Task<WakeableDevice> FollowingAsync(WakeOptions? options = null)
    {
        var device = await RegisteredAsync(options);
        await device.FollowAsync(writer.Log, cancellationToken: Ct);
        await device.FollowAsync(other.Log, cancellationToken: Ct);
        return device;
    }

    private MovedTag Moved(Device log, long sequence) => new(server.Follows[log.Log], sequence);

    private byte[] Sealed(Hint hint)
    {
        var registered = server.Statements.OfType<DeviceStatement.Register>().Last();
        return HintCipher.Encrypt(hint, registered.PublicKey.Span, registered.Secret.Span);
    }

    private async Task<long> Has() => (await Open().GetFollowsAsync(Ct)).Single(follow => follow.Log.Equals(writer.Log)).Has;
}
