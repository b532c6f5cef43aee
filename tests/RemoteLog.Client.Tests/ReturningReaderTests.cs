using static RemoteLog.Client.Tests.Reads;

namespace RemoteLog.Client.Tests;

/// <summary>What a reader that comes back notices.</summary>
public sealed class ReturningReaderTests
{
    private readonly Device alice = new();
    private readonly Peer peer;
    private readonly InMemoryLogMemory memory = new();

    public ReturningReaderTests()
    {
        peer = new Peer(alice.Log);
        peer.Store(alice.Write("one", "two"));
        peer.Store(alice.Write("three"));
    }

    [Fact]
    public async Task A_server_that_shows_less_than_was_read_is_caught()
    {
        await peer.Reader(alice.Log, memory).ReadAllAsync();
        peer.Pages.RemoveAt(1);

        var fault = await Assert.ThrowsAsync<RolledBackException>(() => peer.Reader(alice.Log, memory).ReadAllAsync());

        Assert.Equal((3, 2), (fault.Remembered.Sequence, fault.Shown));
    }

    [Fact]
    public async Task A_server_that_shows_less_than_the_head_it_showed_is_caught()
    {
        await peer.Reader(alice.Log, memory).FindHeadAsync(Ct);
        peer.Pages.RemoveAt(1);

        await Assert.ThrowsAsync<RolledBackException>(() => peer.Reader(alice.Log, memory).ReadAllAsync());
    }

    [Fact]
    public async Task An_older_head_is_caught()
    {
        var older = peer.Head;
        peer.Store(alice.Write("four"));
        await peer.Reader(alice.Log, memory).FindHeadAsync(Ct);
        peer.Head = older;

        var fault = await Assert.ThrowsAsync<RolledBackException>(() => peer.Reader(alice.Log, memory).FindHeadAsync(Ct));

        Assert.Equal((4, 3), (fault.Remembered.Sequence, fault.Shown));
    }

    [Fact]
    public async Task A_log_that_is_said_never_to_have_been_written_is_caught()
    {
        await peer.Reader(alice.Log, memory).ReadAllAsync();
        peer.Head = null;

        await Assert.ThrowsAsync<RolledBackException>(() => peer.Reader(alice.Log, memory).ReadAllAsync());
        await Assert.ThrowsAsync<RolledBackException>(() => peer.Reader(alice.Log, memory).FindHeadAsync(Ct));
    }

    [Fact]
    public async Task A_head_that_the_owner_did_not_sign_is_refused()
    {
        peer.Head = peer.Head! with { Sequence = 4 };

        await Assert.ThrowsAsync<InvalidLogException>(() => peer.Reader(alice.Log, memory).FindHeadAsync(Ct));
    }

    [Fact]
    public async Task Another_history_of_what_was_read_is_caught_with_both_signatures()
    {
        var (twin, other) = Twin();
        peer.Store(alice.Write("four"));
        await peer.Reader(alice.Log, memory).ReadAllAsync();
        other.Store(twin.Write("quatre"));
        other.Store(twin.Write("cinq"));

        var fault = await Assert.ThrowsAsync<ForkedException>(() => other.Reader(alice.Log, memory).ReadAllAsync());

        Assert.True(fault.Known.Verify() && fault.Other.Verify());
        Assert.Equal((4, 5), (fault.Known.Sequence, fault.Other.Sequence));
    }

    [Fact]
    public async Task Another_history_is_caught_even_when_only_later_entries_are_asked_for()
    {
        var (twin, other) = Twin();
        peer.Store(alice.Write("four"));
        await peer.Reader(alice.Log, memory).ReadAllAsync();
        other.Store(twin.Write("quatre"));
        other.Store(twin.Write("cinq", "six"));

        await Assert.ThrowsAsync<ForkedException>(() => other.Reader(alice.Log, memory).ReadAllAsync(after: 5));
    }

    [Fact]
    public async Task Another_history_is_caught_when_all_is_read_anew()
    {
        var (twin, other) = Twin();
        peer.Store(alice.Write("four"));
        await peer.Reader(alice.Log, memory).ReadAllAsync();
        other.Store(twin.Write("quatre"));

        await Assert.ThrowsAsync<ForkedException>(() => other.Reader(alice.Log, memory).VerifyAsync(cancellationToken: Ct));
    }

    [Fact]
    public async Task A_history_that_leads_to_another_link_than_the_head_that_was_seen_is_caught()
    {
        var (twin, other) = Twin();
        peer.Store(alice.Write("four"));
        other.Store(twin.Write("quatre"));
        await peer.Reader(alice.Log, memory).ReadAllAsync();
        var fault = await Assert.ThrowsAsync<ForkedException>(() => other.Reader(alice.Log, memory).FindHeadAsync(Ct));

        Assert.Equal(fault.Known.Sequence, fault.Other.Sequence);
        Assert.NotEqual(fault.Known.Link, fault.Other.Link);
    }

    [Fact]
    public async Task Two_histories_within_one_answer_are_caught()
    {
        var (twin, other) = Twin();
        peer.Store(alice.Write("four"));
        other.Store(twin.Write("quatre"));
        other.Store(twin.Write("cinq"));
        peer.Pages.Add(other.Pages[^1]);

        var fault = await Assert.ThrowsAsync<ForkedException>(() => peer.Reader(alice.Log, memory).ReadAllAsync());

        Assert.Equal((4, 5), (fault.Known.Sequence, fault.Other.Sequence));
    }

    [Fact]
    public async Task A_server_that_loses_nothing_is_believed_again_and_again()
    {
        await peer.Reader(alice.Log, memory).ReadAllAsync();
        peer.Store(alice.Write("four"));

        Assert.Equal(["4 four"], await peer.Reader(alice.Log, memory).ReadAllAsync(after: 3));
        Assert.Empty(await peer.Reader(alice.Log, memory).ReadAllAsync(after: 4));
        Assert.Equal(4, (await peer.Reader(alice.Log, memory).ReadAllAsync()).Count);
    }

    [Fact]
    public async Task Verifying_shows_forks_that_are_proven_and_no_others()
    {
        var (twin, _) = Twin();
        var kept = Device.Parse(alice.Write("four"));
        var refused = Device.Parse(twin.Write("quatre"));
        var proof = new Fork(
            new Checkpoint(alice.Log, 4, alice.Link, kept.Signature), new Checkpoint(alice.Log, 4, twin.Link, refused.Signature), twin.Link, [],
            DateTimeOffset.UnixEpoch);
        peer.Forks.Add(proof);
        peer.Forks.Add(proof with { Refused = proof.Kept, Link = proof.Kept.Link });

        var report = await peer.Reader(alice.Log, memory).VerifyAsync(cancellationToken: Ct);

        Assert.Equal(proof.Refused.Link, Assert.Single(report.Forks).Refused.Link);
    }

    /// <summary>The same device from a backup, and a peer that got the same entries so far.</summary>
    private (Device Twin, Peer Other) Twin()
    {
        var other = new Peer(alice.Log) { Head = peer.Head };
        other.Pages.AddRange(peer.Pages);
        return (alice.RestoreFromBackup(), other);
    }
}
