using static RemoteLog.Client.Tests.Reads;

namespace RemoteLog.Client.Tests;

public sealed class ContentTests
{
    private readonly Device alice = new();
    private readonly Peer peer;

    public ContentTests() => peer = new Peer(alice.Log);

    [Fact]
    public async Task Data_that_is_kept_on_its_own_comes_with_its_entry()
    {
        peer.Store(alice.Write(Entry.Embedded("small"u8.ToArray()), Kept("large"u8), Kept("larger"u8), Entry.Embedded("tiny"u8.ToArray())));

        Assert.Equal(["1 small", "2 large", "3 larger", "4 tiny"], await peer.Reader(alice.Log).ReadAllAsync());
    }

    [Fact]
    public async Task Fetches_run_side_by_side_up_to_a_bound()
    {
        peer.Store(alice.Write([.. Enumerable.Range(0, 20).Select(i => Kept([(byte)('a' + i)]))]));
        var (running, most) = (0, 0);
        peer.Instead = async request =>
        {
            if (!request.RequestUri!.AbsolutePath.Contains("/content/", StringComparison.Ordinal)) return null;
            most = Math.Max(most, Interlocked.Increment(ref running));
            await Task.Yield();
            Interlocked.Decrement(ref running);
            return null;
        };

        var read = await peer.Reader(alice.Log, options: new LogReaderOptions { ParallelFetches = 4 }).ReadAllAsync();

        Assert.Equal(20, read.Count);
        Assert.InRange(most, 2, 4);
    }

    [Fact]
    public async Task Other_bytes_than_the_owner_signed_are_refused()
    {
        var entry = Kept("large"u8);
        peer.Store(alice.Write(Entry.Embedded("small"u8.ToArray()), entry));
        peer.Content[entry.Address!.Value] = "wrong"u8.ToArray();

        var fault = await Assert.ThrowsAsync<InvalidLogException>(() => peer.Reader(alice.Log).ReadAllAsync());

        Assert.Equal(2, fault.Sequence);
    }

    [Fact]
    public async Task Data_that_is_gone_leaves_an_entry_whose_digest_is_certain()
    {
        var gone = Kept("large"u8);
        peer.Store(alice.Write(gone, Entry.Embedded("small"u8.ToArray())));
        peer.Content.Clear();

        List<LogEntry> read = [];
        await foreach (var entry in peer.Reader(alice.Log).ReadAsync(0, Ct)) read.Add(entry);

        Assert.Equal([true, false], read.Select(entry => entry.IsForgotten));
        Assert.Null(read[0].Data);
        Assert.Equal(Digest.Of("large"u8), read[0].Digest);
    }

    [Fact]
    public async Task An_entry_that_the_server_forgot_verifies_all_the_same()
    {
        peer.Store(alice.Write("one", "two"));
        peer.Rewrite(0, entries: page => [Entry.Forgotten(page.Entries[0].DataDigest, page.Entries[0].Size), page.Entries[1]]);

        var report = await peer.Reader(alice.Log).VerifyAsync(cancellationToken: Ct);

        Assert.Equal((2, 1, 3), (report.Entries, report.Forgotten, report.Bytes));
    }

    [Fact]
    public async Task Data_above_the_limit_stays_where_it_is()
    {
        peer.Store(alice.Write(Kept("large"u8)));

        List<LogEntry> read = [];
        await foreach (var entry in peer.Reader(alice.Log, options: new LogReaderOptions { MaxContentBytes = 4 }).ReadAsync(0, Ct)) read.Add(entry);

        Assert.Null(Assert.Single(read).Data);
        Assert.False(read[0].IsForgotten);
        Assert.DoesNotContain(peer.Requests, request => request.Contains("/content/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Content_that_is_longer_than_its_entry_says_is_not_swallowed()
    {
        var entry = Kept("large"u8);
        peer.Store(alice.Write(entry));
        peer.Content[entry.Address!.Value] = new byte[1000];

        var fault = await Assert.ThrowsAsync<RemoteLogException>(
            () => peer.Reader(alice.Log, options: new LogReaderOptions { MaxContentBytes = 100 }).ReadAllAsync());

        Assert.Contains("more than the 100 bytes", fault.Message);
    }

    private Entry Kept(ReadOnlySpan<byte> data)
    {
        var address = Cid.Of(data);
        peer.Content[address] = data.ToArray();
        return Entry.At(address, Digest.Of(data), data.Length);
    }
}
