using System.Security.Cryptography;
using System.Text.Json;
using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;
using RemoteLog.Server.Mirror;
using RemoteLog.Testing;

namespace RemoteLog.Bee.Tests;

/// <summary>Heads on their way to a feed: one payload for each index, no index left out, whatever happens in between.</summary>
public sealed class MirrorTests
{
    [Fact]
    public async Task Each_state_of_a_log_has_the_next_index_of_its_feed()
    {
        await using var log = await MirroredLog.StartAsync();

        for (var i = 0; i < 3; i++)
        {
            await log.WriteAsync(3);
            await log.MirrorAsync();
        }

        Assert.Equal([0, 1, 2], log.Written());
        Assert.Equal((2L, 9L, true), ((await log.FindUpdateAsync())!.Index, (await log.FindUpdateAsync())!.Sequence, (await log.FindUpdateAsync())!.IsWritten));
    }

    [Fact]
    public async Task Nothing_is_published_and_nothing_asked_of_a_node_when_nothing_is_new()
    {
        await using var log = await MirroredLog.StartAsync();
        await log.WriteAsync(3);
        await log.MirrorAsync();
        var asked = log.Node.Requests.Count;

        await log.MirrorAsync();

        Assert.Equal(asked, log.Node.Requests.Count);
        Assert.Equal([0], log.Written());
    }

    [Fact]
    public async Task A_log_that_was_never_written_is_not_mirrored()
    {
        await using var log = await MirroredLog.StartAsync();

        await log.MirrorAsync();

        Assert.Null(await log.FindUpdateAsync());
    }

    [Theory]
    [InlineData(CrashPoint.BeforeWrite)]
    [InlineData(CrashPoint.AfterWrite)]
    public async Task After_a_crash_the_same_bytes_are_written_at_the_same_index_although_the_log_went_on(CrashPoint point)
    {
        await using var log = await MirroredLog.StartAsync();
        await log.WriteAsync(2);
        await Assert.ThrowsAsync<CrashException>(() => log.MirrorAsync(new CrashingMirror(log.Mirror, point)).AsTask());
        var taken = (await log.FindUpdateAsync())!;
        Assert.False(taken.IsWritten);

        await log.WriteAsync(1);
        await log.MirrorAsync();

        Assert.Equal([0, 1], log.Written());
        using var bee = new BeeClient(log.Node);
        Assert.Equal(taken.Bytes.ToArray(), (await bee.GetAsync($"/chunks/{log.Feed.AddressAt(0)}")).Body);
        Assert.Equal([1, 2, 3], await MirroredLog.ReadAsync(log.Reader()));
    }

    [Fact]
    public async Task Processes_that_mirror_at_once_never_write_two_payloads_at_one_index()
    {
        await using var log = await MirroredLog.StartAsync();
        var recorder = new RecordingMirror(log.Mirror);

        for (var round = 0; round < 5; round++)
        {
            await log.WriteAsync(2);
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => log.MirrorAsync(recorder).AsTask()));
        }

        Assert.Equal(Enumerable.Range(0, 5), log.Written());
        Assert.All(recorder.Written.GroupBy(update => update.Id), updates => Assert.Single(updates.Select(update => update.Bytes).Distinct()));
    }

    [Fact]
    public async Task An_index_that_somebody_else_wrote_is_passed_over()
    {
        await using var log = await MirroredLog.StartAsync();
        await log.WriteAsync(2);
        await log.MirrorAsync();
        log.Node.Faults.IgnoresOverwrites = true;
        await log.Mirror.TryWriteAsync(log.Device.Log, await log.Mirror.PrepareAsync(log.Device.Log, 1, A.Bytes(10), default), default);

        await log.WriteAsync(1);
        await log.MirrorAsync();

        Assert.Equal([0, 1, 2], log.Written());
        Assert.Equal([1, 2, 3], await MirroredLog.ReadAsync(log.Reader()));
    }

    [Fact]
    public async Task A_service_that_lost_its_storage_goes_on_after_the_updates_that_are_there()
    {
        await using var log = await MirroredLog.StartAsync();
        for (var index = 0; index < 5; index++)
        {
            await log.Mirror.TryWriteAsync(log.Device.Log, await log.Mirror.PrepareAsync(log.Device.Log, index, A.Bytes(10), default), default);
        }

        await log.WriteAsync(2);
        await log.MirrorAsync();

        Assert.Equal(5, (await log.FindUpdateAsync())!.Index);
    }

    [Fact]
    public async Task An_answer_that_was_lost_costs_no_second_update()
    {
        await using var log = await MirroredLog.StartAsync();
        await log.WriteAsync(2);
        log.Node.Faults.CutsAfterWrite = 1;

        await log.MirrorAsync();

        Assert.Equal([0], log.Written());
        Assert.True((await log.FindUpdateAsync())!.IsWritten);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(3000)]
    public async Task The_official_client_reads_what_was_mirrored(int length)
    {
        await using var log = await MirroredLog.StartAsync(entries: 5);
        await log.WriteAsync(8, length);
        await log.MirrorAsync();
        var head = (await log.Storage.Names.FindHeadAsync(log.Device.Log, default))!.Head;
        var tail = (await log.Storage.Names.ReadTailAsync(log.Device.Log, 0, 1 << 20, default))!;
        var newest = tail.Segments.Reverse().SelectMany(segment => segment.Block.ToArray())
            .Concat(Page.Trailer(log.Device.Log, tail.Segments[0].First, tail.Segments[0].Before, head.Sequence, head.Signature, head.Page)).ToArray();
        var message = new MirrorMessage(head, newest).ToArray();
        Assert.Equal(length > 20, message.Length > Chunk.MaxPayload);
        using var bee = new BeeClient(log.Node);
        var page = (await bee.GetAsync($"/bytes/{head.Page!.Value.Hash}")).Body;

        var (exitCode, output, error) = await NpmFolder.BeeJs.RunAsync(["read.mjs", log.Node.Address.ToString().TrimEnd('/')], JsonSerializer.Serialize(new
        {
            data = new[] { new { reference = head.Page.Value.Hash.ToString(), length = page.Length, sha256 = Convert.ToHexStringLower(SHA256.HashData(page)) } },
            feeds = new[]
            {
                new
                {
                    owner = log.Mirror.Publisher.ToString(), topic = log.Device.Log.Id.ToString(), index = 0,
                    sha256 = Convert.ToHexStringLower(SHA256.HashData(message)),
                },
            },
        }));

        Assert.True(exitCode == 0, output + error);
    }

    public enum CrashPoint
    {
        BeforeWrite,
        AfterWrite,
    }

    private sealed class CrashException : Exception;

    /// <summary>The process ends around the write.</summary>
    private sealed class CrashingMirror(IMirror mirror, CrashPoint point) : IMirror
    {
        public ValueTask<long> FindFreeAsync(LogName log, long from, CancellationToken cancellationToken) => mirror.FindFreeAsync(log, from, cancellationToken);

        public ValueTask<ReadOnlyMemory<byte>> PrepareAsync(LogName log, long index, ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
            mirror.PrepareAsync(log, index, message, cancellationToken);

        public async ValueTask<bool> TryWriteAsync(LogName log, ReadOnlyMemory<byte> update, CancellationToken cancellationToken)
        {
            if (point == CrashPoint.AfterWrite) await mirror.TryWriteAsync(log, update, cancellationToken);
            throw new CrashException();
        }
    }

    private sealed class RecordingMirror(IMirror mirror) : IMirror
    {
        private readonly List<(string Id, string Bytes)> written = [];

        public IReadOnlyList<(string Id, string Bytes)> Written => written;

        public ValueTask<long> FindFreeAsync(LogName log, long from, CancellationToken cancellationToken) => mirror.FindFreeAsync(log, from, cancellationToken);

        public ValueTask<ReadOnlyMemory<byte>> PrepareAsync(LogName log, long index, ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
            mirror.PrepareAsync(log, index, message, cancellationToken);

        public ValueTask<bool> TryWriteAsync(LogName log, ReadOnlyMemory<byte> update, CancellationToken cancellationToken)
        {
            lock (written) written.Add((Convert.ToHexString(update.Span[..32]), Convert.ToHexString(update.Span)));
            return mirror.TryWriteAsync(log, update, cancellationToken);
        }
    }
}
