using System.Net;
using static RemoteLog.Client.Tests.Reads;

namespace RemoteLog.Client.Tests;

public sealed class ReadingTests
{
    private readonly Device alice = new();
    private readonly Peer peer;

    public ReadingTests()
    {
        peer = new Peer(alice.Log);
        peer.Store(alice.Write("one", "two"));
        peer.Store(alice.Write("three"));
        peer.Store(alice.Write("four", "five", "six"));
    }

    [Fact]
    public async Task Entries_come_oldest_first_and_numbered() =>
        Assert.Equal(["1 one", "2 two", "3 three", "4 four", "5 five", "6 six"], await peer.Reader(alice.Log).ReadAllAsync());

    [Fact]
    public async Task What_is_known_of_a_page_is_skipped() => Assert.Equal(["5 five", "6 six"], await peer.Reader(alice.Log).ReadAllAsync(after: 4));

    [Fact]
    public async Task Nothing_comes_after_the_head() => Assert.Empty(await peer.Reader(alice.Log).ReadAllAsync(after: 6));

    [Fact]
    public async Task A_header_comes_with_its_entry()
    {
        var header = new EntryHeader { Id = "id"u8.ToArray(), ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000) };
        peer.Store(alice.Write(Entry.Embedded("seven"u8.ToArray(), header.ToArray())));

        List<LogEntry> read = [];
        await foreach (var entry in peer.Reader(alice.Log).ReadAsync(6, Ct)) read.Add(entry);

        var seven = Assert.Single(read);
        Assert.Equal("id"u8.ToArray(), seven.Id.ToArray());
        Assert.Equal(header.ExpiresAt, seven.Header.ExpiresAt);
        Assert.Equal(5, seven.Size);
    }

    [Fact]
    public async Task One_signature_check_covers_a_whole_log()
    {
        var report = await peer.Reader(alice.Log).VerifyAsync(cancellationToken: Ct);

        Assert.Equal((6, 3, 1), (report.Entries, report.Pages, report.SignatureChecks));
        Assert.Equal("onetwothreefourfivesix".Length, report.Bytes);
    }

    [Fact]
    public async Task Entries_are_handed_out_as_soon_as_enough_of_them_came()
    {
        peer.Pages[2] = [];
        var reader = peer.Reader(alice.Log, options: new LogReaderOptions { ReadAheadBytes = 1 });
        List<string> read = [];

        await Assert.ThrowsAsync<InvalidLogException>(async () =>
        {
            await foreach (var entry in reader.ReadAsync(0, Ct)) read.Add(Text(entry));
        });

        Assert.Equal(["one", "two", "three"], read);
    }

    [Fact]
    public async Task Nothing_is_handed_out_before_a_signature_covers_it()
    {
        peer.Rewrite(0, entries: page => [Entry.Embedded("evil"u8.ToArray()), page.Entries[1]]);
        var handedOut = 0;

        await Assert.ThrowsAsync<InvalidLogException>(async () =>
        {
            await foreach (var entry in peer.Reader(alice.Log, options: new LogReaderOptions { ReadAheadBytes = 1 }).ReadAsync(0, Ct)) handedOut++;
        });

        Assert.Equal(0, handedOut);
    }

    [Fact]
    public async Task A_dropped_entry_is_noticed()
    {
        peer.Rewrite(2, entries: page => [page.Entries[0], page.Entries[2]]);

        var fault = await Assert.ThrowsAsync<InvalidLogException>(() => peer.Reader(alice.Log).ReadAllAsync());

        Assert.Equal(4, fault.Sequence);
        Assert.Contains("did not sign", fault.Message);
    }

    [Fact]
    public async Task Reordered_entries_are_noticed_and_located()
    {
        peer.Rewrite(0, entries: page => [page.Entries[1], page.Entries[0]]);

        var fault = await Assert.ThrowsAsync<InvalidLogException>(() => peer.Reader(alice.Log).ReadAllAsync());

        Assert.Equal(1, fault.Sequence);
    }

    [Fact]
    public async Task A_missing_page_is_noticed()
    {
        peer.Pages.RemoveAt(1);

        var fault = await Assert.ThrowsAsync<InvalidLogException>(() => peer.Reader(alice.Log).ReadAllAsync());

        Assert.Equal(3, fault.Sequence);
        Assert.Contains("missing", fault.Message);
    }

    [Fact]
    public async Task A_page_that_comes_twice_is_refused()
    {
        peer.Pages.Insert(1, peer.Pages[0]);

        var fault = await Assert.ThrowsAsync<InvalidLogException>(() => peer.Reader(alice.Log).ReadAllAsync());

        Assert.Contains("before", fault.Message);
    }

    [Fact]
    public async Task A_page_that_claims_to_follow_something_else_is_refused()
    {
        peer.Rewrite(1, before: Digest.Of("something else"u8));

        var fault = await Assert.ThrowsAsync<InvalidLogException>(() => peer.Reader(alice.Log).ReadAllAsync());

        Assert.Equal(3, fault.Sequence);
    }

    [Fact]
    public async Task A_page_of_another_log_is_refused()
    {
        var bob = new Device();
        peer.Rewrite(1, of: bob.Log);

        var fault = await Assert.ThrowsAsync<InvalidLogException>(() => peer.Reader(alice.Log).ReadAllAsync());

        Assert.Contains(bob.Log.ToString(), fault.Message);
    }

    [Fact]
    public async Task Another_log_with_valid_signatures_does_not_pass_for_the_one_asked_for()
    {
        var bob = new Device();
        var bobs = new Peer(bob.Log);
        bobs.Store(bob.Write("I am Alice"));
        peer.Pages.Clear();
        peer.Pages.AddRange(bobs.Pages);

        await Assert.ThrowsAsync<InvalidLogException>(() => peer.Reader(alice.Log).ReadAllAsync());
    }

    [Fact]
    public async Task A_bit_flipped_anywhere_never_changes_what_is_read()
    {
        var honest = await peer.Reader(alice.Log).ReadAllAsync();
        var stream = Peer.Framed(peer.Pages);
        peer.Instead = _ => Task.FromResult<HttpResponseMessage?>(Peer.Ok(stream));

        for (var bit = 0; bit < stream.Length * 8; bit += 3)
        {
            stream[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                Assert.Equal(honest, await peer.Reader(alice.Log).ReadAllAsync());
            }
            catch (InvalidLogException)
            {
                // Noticed, which is as good.
            }
            stream[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public async Task A_stream_cut_anywhere_gives_the_log_up_to_there_or_an_error()
    {
        var honest = await peer.Reader(alice.Log).ReadAllAsync();
        var stream = Peer.Framed(peer.Pages);
        List<int> whole = [];
        for (var length = 0; length <= stream.Length; length++)
        {
            var cut = length;
            peer.Instead = _ => Task.FromResult<HttpResponseMessage?>(Peer.Ok(stream[..cut]));
            try
            {
                var read = await peer.Reader(alice.Log).ReadAllAsync();
                Assert.Equal(honest.Take(read.Count), read);
                whole.Add(read.Count);
            }
            catch (InvalidLogException fault)
            {
                Assert.Contains("ends within", fault.Message);
            }
        }

        Assert.Equal([0, 2, 3, 6], whole);
    }

    [Theory]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 })]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0x7f })]
    [InlineData(new byte[] { 0x00 })]
    [InlineData(new byte[] { 0x03, 0x01, 0x02, 0x03 })]
    public async Task Garbage_is_refused(byte[] garbage)
    {
        peer.Instead = _ => Task.FromResult<HttpResponseMessage?>(Peer.Ok(garbage));

        await Assert.ThrowsAsync<InvalidLogException>(() => peer.Reader(alice.Log).ReadAllAsync());
    }

    [Fact]
    public async Task A_stream_that_breaks_is_taken_up_where_it_stopped()
    {
        var bytes = Peer.Framed(peer.Pages.Take(2));
        var first = true;
        peer.Instead = _ =>
        {
            var answer = first ? new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new BreakingStream(bytes)) } : null;
            first = false;
            return Task.FromResult(answer);
        };

        var read = await peer.Reader(alice.Log).ReadAllAsync();

        Assert.Equal(6, read.Count);
        Assert.Equal(["after=0", "after=3"], peer.Requests.Select(request => request[(request.IndexOf('?') + 1)..]));
    }

    [Fact]
    public async Task A_stream_that_keeps_breaking_is_given_up()
    {
        peer.Instead = _ => Task.FromResult<HttpResponseMessage?>(
            new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new BreakingStream([])) });

        await Assert.ThrowsAsync<ServerUnreachableException>(() => peer.Reader(alice.Log).ReadAllAsync());
    }

    [Fact]
    public async Task A_log_that_was_never_written_is_refused_by_name()
    {
        var nobody = new Device();

        var refused = await Assert.ThrowsAsync<RefusedException>(() => new Peer(nobody.Log).Reader(nobody.Log).ReadAllAsync());

        Assert.Equal("unknown-log", refused.Problem);
    }

    /// <summary>Gives some bytes and then the error of a lost connection.</summary>
    private sealed class BreakingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await base.ReadAsync(buffer, cancellationToken);
            return read > 0 ? read : throw new IOException("The connection was reset.");
        }
    }
}
