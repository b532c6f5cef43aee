using System.Net;
using static RemoteLog.Client.Tests.Reads;

namespace RemoteLog.Client.Tests;

public sealed class WritingTests
{
    private static readonly Topic Notes = Topic.Parse("notes");

    private readonly SigningKey secret = SigningKey.Create();
    private readonly TestKey key;
    private readonly LogName log;
    private readonly Peer peer;
    private readonly InMemoryLogMemory memory = new();

    public WritingTests()
    {
        key = new TestKey(secret);
        log = new LogName(key.Owner, Notes);
        peer = new Peer(log);
    }

    [Fact]
    public async Task What_was_appended_can_be_read()
    {
        using var writer = await OpenAsync();

        await writer.AppendAsync("one"u8.ToArray(), cancellationToken: Ct);
        await writer.AppendAsync([Entry.Embedded("two"u8.ToArray()), Entry.Embedded("three"u8.ToArray())], Ct);

        Assert.Equal(3, writer.Sequence);
        Assert.Equal(["1 one", "2 two", "3 three"], await peer.Reader(log).ReadAllAsync());
    }

    [Fact]
    public async Task Many_entries_cost_one_signature_and_one_request()
    {
        using var writer = await OpenAsync();
        peer.Requests.Clear();

        await writer.AppendAsync([.. Enumerable.Range(0, 1000).Select(i => Entry.Embedded(BitConverter.GetBytes(i)))], Ct);

        Assert.Equal(1, key.Signatures);
        Assert.Equal([$"POST /api/v1/logs/{log}/segments"], peer.Requests);
    }

    [Fact]
    public async Task More_entries_than_a_segment_holds_become_several()
    {
        using var writer = await OpenAsync();

        await writer.AppendAsync([.. Enumerable.Range(0, 5000).Select(i => Entry.Embedded(BitConverter.GetBytes(i)))], Ct);

        Assert.Equal([4096, 904], peer.Posted.Select(bytes => Device.Parse(bytes).Entries.Count));
        Assert.Equal(5000, writer.Sequence);
    }

    [Fact]
    public async Task More_bytes_than_a_segment_holds_become_several()
    {
        using var writer = await OpenAsync();

        await writer.AppendAsync([.. Enumerable.Range(0, 5).Select(i => Entry.Embedded(new byte[1_000_000]))], Ct);

        Assert.Equal([4, 1], peer.Posted.Select(bytes => Device.Parse(bytes).Entries.Count));
    }

    [Fact]
    public async Task Large_data_is_uploaded_first_and_named_by_its_address()
    {
        using var writer = await OpenAsync();
        var large = new byte[2 * 1024 * 1024];
        peer.Requests.Clear();

        await writer.AppendAsync(large, cancellationToken: Ct);

        Assert.Equal([$"PUT /api/v1/content/{Cid.Of(large)}", $"POST /api/v1/logs/{log}/segments"], peer.Requests);
        Assert.Equal(Cid.Of(large), Device.Parse(peer.Posted.Last()).Entries[0].Address);
    }

    [Fact]
    public async Task A_stream_can_be_uploaded_without_being_held_in_memory()
    {
        using var writer = await OpenAsync();

        var entry = await peer.Client().UploadAsync(() => new MemoryStream("from a file"u8.ToArray()), cancellationToken: Ct);
        await writer.AppendAsync([entry], Ct);

        Assert.Equal(["1 from a file"], await peer.Reader(log).ReadAllAsync());
    }

    [Fact]
    public async Task A_lost_answer_is_asked_for_with_the_same_bytes()
    {
        using var writer = await OpenAsync();
        peer.AnswersToLose = 1;

        await writer.AppendAsync("one"u8.ToArray(), cancellationToken: Ct);

        Assert.Equal(2, peer.Posted.Count);
        Assert.Equal(peer.Posted.First(), peer.Posted.Last());
        Assert.Equal(1, key.Signatures);
        Assert.Equal(["1 one"], await peer.Reader(log).ReadAllAsync());
    }

    [Fact]
    public async Task A_segment_that_was_never_sent_goes_out_after_a_restart()
    {
        using (var writer = await OpenAsync())
        {
            peer.Instead = _ => throw new HttpRequestException("The network is down.");
            await Assert.ThrowsAsync<ServerUnreachableException>(() => writer.AppendAsync("one"u8.ToArray(), cancellationToken: Ct));
        }
        peer.Instead = _ => Task.FromResult<HttpResponseMessage?>(null);

        using var again = await OpenAsync();
        await again.AppendAsync("two"u8.ToArray(), cancellationToken: Ct);

        Assert.Equal(["1 one", "2 two"], await peer.Reader(log).ReadAllAsync());
        Assert.Equal(2, key.Signatures);
    }

    [Fact]
    public async Task A_segment_that_arrived_although_no_answer_did_is_not_signed_anew_after_a_restart()
    {
        using (var writer = await OpenAsync())
        {
            peer.AnswersToLose = 100;
            await Assert.ThrowsAsync<ServerUnreachableException>(() => writer.AppendAsync("one"u8.ToArray(), cancellationToken: Ct));
        }
        peer.AnswersToLose = 0;

        using var again = await OpenAsync();
        await again.AppendAsync("two"u8.ToArray(), cancellationToken: Ct);

        Assert.Equal(["1 one", "2 two"], await peer.Reader(log).ReadAllAsync());
        Assert.Equal(2, peer.Posted.Distinct(new SameBytes()).Count());
    }

    [Fact]
    public async Task The_same_writer_sends_what_was_under_way_before_anything_else()
    {
        using var writer = await OpenAsync();
        peer.Instead = _ => throw new HttpRequestException("The network is down.");
        await Assert.ThrowsAsync<ServerUnreachableException>(() => writer.AppendAsync("one"u8.ToArray(), cancellationToken: Ct));
        Assert.Equal(0, writer.Sequence);
        peer.Instead = _ => Task.FromResult<HttpResponseMessage?>(null);

        await writer.FlushAsync(Ct);

        Assert.Equal(1, writer.Sequence);
        Assert.Null(await memory.FindPendingAsync(log, Ct));
    }

    [Fact]
    public async Task A_refused_segment_stays_remembered_because_signing_another_would_fork_the_log()
    {
        using var writer = await OpenAsync();
        peer.Instead = _ => Task.FromResult<HttpResponseMessage?>(Peer.Problem(HttpStatusCode.UnprocessableEntity, "unknown-content"));

        var refused = await Assert.ThrowsAsync<RefusedException>(() => writer.AppendAsync("one"u8.ToArray(), cancellationToken: Ct));

        Assert.Equal(("unknown-content", "It is unknown-content: Because."), (refused.Problem, refused.Message));
        Assert.Single(peer.Posted);
        Assert.NotNull(await memory.FindPendingAsync(log, Ct));
    }

    [Fact]
    public async Task Nothing_is_sent_that_the_key_did_not_sign()
    {
        using var other = SigningKey.Create();
        var broken = new TestKey(secret) { Other = other };
        using var writer = await LogWriter.OpenAsync(peer.Client(), broken, Notes, memory, Ct);

        await Assert.ThrowsAsync<RemoteLogException>(() => writer.AppendAsync("one"u8.ToArray(), cancellationToken: Ct));

        Assert.Empty(peer.Posted);
        Assert.Null(await memory.FindPendingAsync(log, Ct));
    }

    [Fact]
    public async Task A_log_has_one_writer_at_a_time()
    {
        using (await OpenAsync())
        {
            await Assert.ThrowsAsync<LogInUseException>(OpenAsync);
        }
        using var next = await OpenAsync();
    }

    [Fact]
    public async Task A_yes_without_the_entries_is_no_yes()
    {
        using var writer = await OpenAsync();
        await writer.AppendAsync("one"u8.ToArray(), cancellationToken: Ct);
        var old = peer.Head!;
        peer.Instead = _ => Task.FromResult<HttpResponseMessage?>(Peer.Ok(old.ToArray()));

        await Assert.ThrowsAsync<InvalidLogException>(() => writer.AppendAsync("two"u8.ToArray(), cancellationToken: Ct));

        Assert.NotNull(await memory.FindPendingAsync(log, Ct));
    }

    [Fact]
    public async Task An_entry_without_data_is_refused_before_anything_is_signed()
    {
        using var writer = await OpenAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => writer.AppendAsync([Entry.Forgotten(Digest.Of("x"u8), 1)], Ct));

        Assert.Equal(0, key.Signatures);
    }

    private Task<LogWriter> OpenAsync() => LogWriter.OpenAsync(peer.Client(), key, Notes, memory, Ct);

    private sealed class SameBytes : IEqualityComparer<byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => obj.Length;
    }
}
