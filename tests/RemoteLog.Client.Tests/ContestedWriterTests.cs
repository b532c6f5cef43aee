using System.Net;
using static RemoteLog.Client.Tests.Reads;

namespace RemoteLog.Client.Tests;

/// <summary>Writers whose log is not as they left it.</summary>
public sealed class ContestedWriterTests
{
    private static readonly Topic Notes = Topic.Parse("notes");

    private readonly SigningKey secret = SigningKey.Create();
    private readonly Device device;
    private readonly Peer peer;
    private readonly InMemoryLogMemory memory = new();

    public ContestedWriterTests()
    {
        device = new Device(secret);
        peer = new Peer(device.Log);
        peer.Store(device.Write("one", "two"));
    }

    [Fact]
    public async Task A_device_without_memory_goes_on_from_the_servers_head()
    {
        using var writer = await OpenAsync();

        await writer.AppendAsync("three"u8.ToArray(), cancellationToken: Ct);

        Assert.Equal(3, writer.Sequence);
        Assert.Equal(3, (await peer.Reader(device.Log).ReadAllAsync()).Count);
    }

    [Fact]
    public async Task What_another_device_with_the_same_key_wrote_is_followed_and_continued()
    {
        using (await OpenAsync())
        {
        }
        peer.Store(device.Write("three"));
        peer.Store(device.Write("four"));

        using var writer = await OpenAsync();
        await writer.AppendAsync("five"u8.ToArray(), cancellationToken: Ct);

        Assert.Equal(5, writer.Sequence);
    }

    [Fact]
    public async Task A_server_that_lost_entries_is_not_written_over()
    {
        using (await OpenAsync())
        {
        }
        var lost = new Peer(device.Log);

        await Assert.ThrowsAsync<RolledBackException>(() => LogWriter.OpenAsync(lost.Client(), new TestKey(secret), Notes, memory, Ct));
    }

    [Fact]
    public async Task A_server_that_loses_entries_while_the_writer_is_open_is_caught()
    {
        using var writer = await OpenAsync();
        peer.Head = null;

        var fault = await Assert.ThrowsAsync<RolledBackException>(() => writer.AppendAsync("three"u8.ToArray(), cancellationToken: Ct));

        Assert.Equal((2, 0), (fault.Remembered.Sequence, fault.Shown));
    }

    [Fact]
    public async Task Another_history_is_not_adopted()
    {
        var twin = device.RestoreFromBackup();
        var other = new Peer(device.Log) { Head = peer.Head };
        other.Pages.AddRange(peer.Pages);
        peer.Store(device.Write("three"));
        using (await OpenAsync())
        {
        }
        other.Store(twin.Write("trois"));
        other.Store(twin.Write("quatre"));

        await Assert.ThrowsAsync<ForkedException>(() => LogWriter.OpenAsync(other.Client(), new TestKey(secret), Notes, memory, Ct));
    }

    [Fact]
    public async Task A_proven_fork_is_told_and_then_the_log_goes_on_from_what_was_kept()
    {
        using var writer = await OpenAsync();
        var before = device.Link;
        var kept = device.Write("three");
        peer.Store(kept);
        peer.Instead = request =>
        {
            if (request.Method == HttpMethod.Post && peer.Forks.Count == 0) peer.Forks.Add(Evidence(before, kept, peer.Posted.Last()));
            return Task.FromResult<HttpResponseMessage?>(null);
        };

        var fault = await Assert.ThrowsAsync<ForkedException>(() => writer.AppendAsync("trois"u8.ToArray(), cancellationToken: Ct));
        await writer.AppendAsync("four"u8.ToArray(), cancellationToken: Ct);

        Assert.True(fault.Known.Verify() && fault.Other.Verify());
        Assert.Equal(["1 one", "2 two", "3 three", "4 four"], await peer.Reader(device.Log).ReadAllAsync());
    }

    [Fact]
    public async Task A_fork_without_proof_does_not_make_the_writer_sign_something_else()
    {
        using var writer = await OpenAsync();
        peer.Instead = request => Task.FromResult(
            request.Method == HttpMethod.Post ? Peer.Problem(HttpStatusCode.Conflict, "fork") : null);

        await Assert.ThrowsAsync<RefusedException>(() => writer.AppendAsync("three"u8.ToArray(), cancellationToken: Ct));
        await Assert.ThrowsAsync<RefusedException>(() => writer.AppendAsync("other"u8.ToArray(), cancellationToken: Ct));

        Assert.Equal(peer.Posted.First(), peer.Posted.Last());
    }

    private Fork Evidence(Digest before, byte[] kept, byte[] refused)
    {
        var (keptCheckpoint, refusedCheckpoint) = (CheckpointOf(before, kept), CheckpointOf(before, refused));
        return new Fork(keptCheckpoint, refusedCheckpoint, refusedCheckpoint.Link, [], DateTimeOffset.UnixEpoch);
    }

    private Checkpoint CheckpointOf(Digest before, byte[] bytes)
    {
        var segment = Device.Parse(bytes);
        return new Checkpoint(device.Log, segment.Last, Chain.Extend(before, [.. segment.Entries]), segment.Signature);
    }

    private Task<LogWriter> OpenAsync() => LogWriter.OpenAsync(peer.Client(), new TestKey(secret), Notes, memory, Ct);
}
