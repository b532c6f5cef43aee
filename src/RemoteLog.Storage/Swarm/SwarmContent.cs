using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Win32.SafeHandles;
using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;
using RemoteLog.Server.Storage;

namespace RemoteLog.Storage.Swarm;

/// <summary>
/// Content in Swarm, through Bee nodes that need not be trusted: addresses are computed here before anything is uploaded, and every chunk that is read is
/// checked before any of it is passed on.
/// Swarm cannot forget. <see cref="DeleteAsync"/> lets our nodes unpin; others keep what they have until nobody pays for the batch any more. What must
/// be forgotten has to be encrypted by the device that wrote it.
/// </summary>
public sealed class SwarmContent : IContentStore, IDisposable
{
    /// <summary>The meter under which the state of nodes and batches is shown.</summary>
    public const string MeterName = "RemoteLog.Storage.Swarm";

    /// <summary>Rounds over all nodes before giving up.</summary>
    private const int Rounds = 4;

    /// <summary>Rounds before content that no node has counts as absent: a fresh chunk may take a moment to be found.</summary>
    private const int AbsentRounds = 2;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.5);

    /// <summary>Bee closes idle connections after 30 s; one that it is about to close must not be used.</summary>
    private static readonly TimeSpan IdleLife = TimeSpan.FromSeconds(20);

    private readonly HttpClient http;
    private readonly BeeNode[] nodes;
    private readonly bool pin;
    private readonly TimeProvider time;
    private readonly Func<double> jitter;
    private readonly Meter meter;
    private readonly Counter<long> failures;
    private int turn;

    private SwarmContent(SwarmOptions options, TimeProvider time, Func<double> jitter, HttpMessageHandler transport)
    {
        (pin, this.time, this.jitter) = (options.Pin, time, jitter);
        http = new HttpClient(transport) { Timeout = Timeout.InfiniteTimeSpan };
        nodes = [.. options.Nodes.Select(node => new BeeNode(new BeeApi(http, node, time), options.Batches, time))];
        meter = new Meter(MeterName);
        failures = meter.CreateCounter<long>("remotelog.swarm.failures", "{request}", "Requests that a node refused or failed.");
        meter.CreateObservableGauge("remotelog.swarm.batch.fullness", () => EachBatch(batch => batch.Fullness), "1", "Share of a batch's fullest bucket that is used.");
        meter.CreateObservableGauge("remotelog.swarm.batch.life", () => EachBatch(batch => batch.Life?.TotalSeconds), "s", "How long a batch is still paid for.");
        meter.CreateObservableGauge("remotelog.swarm.batch.usable", () => EachBatch(batch => batch.IsUsable ? 1.0 : 0.0), "1", "Whether a batch pays for content.");
        meter.CreateObservableGauge(
            "remotelog.swarm.node.up", () => LastState.Select(node => new Measurement<int>(node.Failure is null ? 1 : 0, Tag(node))), "1", "Whether a node works.");
    }

    /// <summary>Opens it without asking anything of a node.</summary>
    /// <param name="time">By which requests are limited and sent again.</param>
    /// <param name="jitter">Numbers from 0 to 1 that keep many services from asking at the same moment; null: random ones.</param>
    /// <param name="transport">How requests travel; null: over HTTP.</param>
    /// <exception cref="ArgumentException">No node, or no batch.</exception>
    public static SwarmContent Open(SwarmOptions options, TimeProvider time, Func<double>? jitter = null, HttpMessageHandler? transport = null)
    {
        if (options.Nodes.Count == 0) throw new ArgumentException("At least one Bee node is needed.", nameof(options));
        if (options.Batches.Count == 0) throw new ArgumentException("At least one postage batch is needed.", nameof(options));
        transport ??= new SocketsHttpHandler { PooledConnectionIdleTimeout = IdleLife, ConnectTimeout = TimeSpan.FromSeconds(5), UseCookies = false, ActivityHeadersPropagator = null };
        return new SwarmContent(options, time, jitter ?? Random.Shared.NextDouble, transport);
    }

    /// <summary>What is known of the nodes, without asking.</summary>
    public IReadOnlyList<NodeState> LastState => [.. nodes.Select(node => node.LastState)];

    /// <summary>Asks every node about its batches, unless that was done a moment ago.</summary>
    public async ValueTask<IReadOnlyList<NodeState>> CheckAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(nodes.Select(async node =>
        {
            try
            {
                await node.ReadBatchesAsync(cancellationToken);
                node.Worked();
            }
            catch (BeeException exception)
            {
                Failed(node, exception);
            }
        }));
        return LastState;
    }

    /// <summary>Asks every node what it is and whether it is ready, now.</summary>
    public async ValueTask<IReadOnlyList<NodeInspection>> InspectAsync(CancellationToken cancellationToken) =>
        await Task.WhenAll(nodes.Select(async node =>
        {
            try
            {
                var (version, apiVersion) = await node.Api.ReadVersionAsync(cancellationToken);
                return new NodeInspection(node.Api.Address, Failure: null)
                {
                    Version = version,
                    ApiVersion = apiVersion,
                    IsReady = await node.Api.IsReadyAsync(cancellationToken),
                    Peers = await node.Api.ReadPeersAsync(cancellationToken),
                };
            }
            catch (BeeException exception)
            {
                return new NodeInspection(node.Api.Address, exception.Message);
            }
        }));

    /// <summary>Sends content through each node and asks it back, once: no other node covers for it.</summary>
    /// <param name="content">At most 4096 bytes. The same again takes no new room in a batch.</param>
    public async ValueTask<IReadOnlyList<NodeRoundTrip>> TryRoundTripsAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var chunk = Chunk.Of(content);
        return await Task.WhenAll(nodes.Select(async node =>
        {
            var isStored = false;
            try
            {
                await StoreAsync(node, chunk.Address, pins: false, UploadAsync, cancellationToken);
                isStored = true;
                var isBack = Chunk.TryRead(await node.Api.ReadChunkAsync(chunk.Address, cached: false, cancellationToken), out var read) && read.Address == chunk.Address;
                return new NodeRoundTrip(node.Api.Address, isBack ? null : $"{node.Api.Address} gives other bytes than it was given.", IsStored: isBack);
            }
            catch (BeeException exception)
            {
                return new NodeRoundTrip(node.Api.Address, exception.Message, isStored);
            }
        }));

        async ValueTask<Digest> UploadAsync(BeeApi api, Digest batch, CancellationToken token)
        {
            using var body = new ReadOnlyMemoryContent(content);
            return await api.UploadAsync(batch, body, content.Length, token);
        }
    }

    public Cid AddressOf(ReadOnlyMemory<byte> content) => TreeHasher.AddressOf(content.Span);

    public bool Accepts(CidKind kind) => kind == CidKind.Swarm;

    public ValueTask PutAsync(Cid address, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        StoreAsync(address, () => new ReadOnlyMemoryContent(content), content.Length, cancellationToken);

    /// <summary>The content is first taken in aside, in a temporary file: no node gets to see what does not hash to its address.</summary>
    public async ValueTask<UploadOutcome> UploadAsync(Cid address, Stream content, long maxBytes, CancellationToken cancellationToken)
    {
        CheckKind(address);
        await using var aside = new FileStream(
            Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()),
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                BufferSize = 0,
                Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
            });
        var hasher = new TreeHasher();
        var buffer = new byte[64 * 1024];
        while (await content.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            if (hasher.Length + read > maxBytes) return UploadOutcome.TooLarge;
            hasher.Append(buffer.AsSpan(0, read));
            await aside.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }
        var length = hasher.Length;
        if (hasher.Finish() != address.Hash) return UploadOutcome.WrongAddress;

        // Uploaded even when the root is there already: that says nothing of the rest, and what is there costs no new stamp.
        var wasThere = await IsAtHandAsync(address, cancellationToken);
        await StoreAsync(address, () => new FileContent(aside.SafeFileHandle, length), length, cancellationToken);
        return wasThere ? UploadOutcome.AlreadyThere : UploadOutcome.Stored;
    }

    public async ValueTask<long?> FindLengthAsync(Cid address, CancellationToken cancellationToken) =>
        await FindRootAsync(address, cancellationToken) is { } root ? (long)root.Span : null;

    /// <summary>
    /// Content is fetched chunk by chunk, a few ahead of the reader. What Bee joins by itself ends early and silently where a chunk is missing, and shows
    /// only at its end whether it was genuine; a chunk can be checked before a byte of it is passed on, and a range costs no more than its chunks.
    /// </summary>
    public async ValueTask<Stream?> FindAsync(Cid address, long offset, long? length, CancellationToken cancellationToken)
    {
        if (await FindRootAsync(address, cancellationToken) is not { } root) return null;
        var tree = new TreeReader((reference, token) => ReadAsync(reference.Address, reference.IsOf, token));
        var end = length is { } wanted ? (long)Math.Min(root.Span, (ulong)offset + (ulong)wanted) : (long)root.Span;

        // What is read later ends with its own reader's token, not with the one under which it was found.
        return end <= offset ? Stream.Null : new ChunkStream(tree.ReadAsync(root, offset, end, CancellationToken.None));
    }

    /// <summary>Unpins. The network keeps the content until its batch expires, and whoever knows the address can read it: Swarm cannot forget.</summary>
    public async ValueTask DeleteAsync(Cid address, CancellationToken cancellationToken)
    {
        CheckKind(address);
        foreach (var node in nodes)
        {
            try
            {
                await node.Api.UnpinAsync(address.Hash, cancellationToken);
            }
            catch (BeeException exception)
            {
                Failed(node, exception);
                throw new StorageUnavailableException(exception.Message, FirstPause, exception);
            }
        }
    }

    public void Dispose()
    {
        meter.Dispose();
        http.Dispose();
        foreach (var node in nodes) node.Dispose();
    }

    private static void CheckKind(Cid address)
    {
        if (address.Kind != CidKind.Swarm) throw new ArgumentException($"Only Swarm addresses are kept here, not {address}.", nameof(address));
    }

    /// <summary>Puts an update of a feed where it is found. Repeat it with these very bytes only.</summary>
    internal ValueTask StoreAsync(SingleOwnerChunk update, CancellationToken cancellationToken) => StoreAsync(
        $"the update {update.Address}", update.Address, pins: false, (api, batch, token) => api.UploadAsync(batch, update, token), cancellationToken);

    /// <summary>An update of a feed; null when no node finds it now, which proves nothing.</summary>
    internal async ValueTask<SingleOwnerChunk?> FindUpdateAsync(Digest address, CancellationToken cancellationToken)
    {
        foreach (var node in InTurn())
        {
            try
            {
                var bytes = await node.Api.ReadChunkAsync(address, cached: false, cancellationToken);
                node.Worked();
                if (SingleOwnerChunk.TryRead(bytes, address, out var update)) return update;
            }
            catch (BeeException exception) when (exception.Fault == BeeFault.NotAvailable)
            {
                // Another node may find it.
            }
            catch (BeeException exception)
            {
                Failed(node, exception);
            }
        }
        return null;
    }

    private ValueTask StoreAsync(Cid address, Func<HttpContent> open, long length, CancellationToken cancellationToken)
    {
        CheckKind(address);
        return StoreAsync(
            address.ToString(), address.Hash, pin,
            async (api, batch, token) =>
            {
                using var content = open();
                return await api.UploadAsync(batch, content, length, token);
            },
            cancellationToken);
    }

    private async ValueTask StoreAsync(
        string what, Digest address, bool pins, Func<BeeApi, Digest, CancellationToken, ValueTask<Digest>> upload, CancellationToken cancellationToken)
    {
        BeeException? last = null;
        for (var (round, mayPass) = (0, true); mayPass && round < Rounds; round++)
        {
            if (round > 0) await PauseAsync(round, cancellationToken);
            mayPass = false;
            foreach (var node in InTurn())
            {
                try
                {
                    await StoreAsync(node, address, pins, upload, cancellationToken);
                    node.Worked();
                    return;
                }
                catch (BeeException exception)
                {
                    last = exception;
                    mayPass |= exception.Fault is BeeFault.Passing or BeeFault.NotAvailable or BeeFault.YoungBatch;
                    Failed(node, exception);
                }
            }
        }
        throw new StorageUnavailableException($"Swarm did not take {what}: {last!.Message}", TimeSpan.FromSeconds(30), last);
    }

    private static async ValueTask StoreAsync(
        BeeNode node, Digest address, bool pins, Func<BeeApi, Digest, CancellationToken, ValueTask<Digest>> upload, CancellationToken cancellationToken)
    {
        BeeException? refusal = null;
        foreach (var batch in await node.FindBatchesAsync(cancellationToken))
        {
            try
            {
                var reference = await upload(node.Api, batch, cancellationToken);
                if (reference != address) throw new BeeException(BeeFault.Wrong, $"{node.Api.Address} stored {address} as {reference}, which it is not.");
                if (pins) await node.Api.PinAsync(address, cancellationToken);
                return;
            }
            catch (BeeException exception) when (exception.Fault is BeeFault.Batch or BeeFault.YoungBatch)
            {
                // The next batch takes over. What the refused one took for a part of the content is lost with it.
                node.Refused(batch, $"Bee answered {exception.Answer}.", exception.Fault == BeeFault.YoungBatch);
                refusal = exception;
            }
        }
        if (refusal is not null) throw refusal;

        var batches = node.LastState.Batches;
        throw new BeeException(
            batches.Any(batch => batch.IsYoung) ? BeeFault.YoungBatch : BeeFault.Batch,
            $"{node.Api.Address} has no batch that pays. {string.Join(' ', batches.Select(batch => $"{batch.Id}: {batch.Fault}"))}");
    }

    /// <summary>Whether a node has the root itself. The network is not asked: to say that it has nothing takes it half a minute.</summary>
    private async ValueTask<bool> IsAtHandAsync(Cid address, CancellationToken cancellationToken)
    {
        foreach (var node in InTurn())
        {
            try
            {
                if (await node.Api.HasChunkAsync(address.Hash, cancellationToken)) return true;
            }
            catch (BeeException exception)
            {
                Failed(node, exception);
            }
        }
        return false;
    }

    private async ValueTask<Chunk?> FindRootAsync(Cid address, CancellationToken cancellationToken)
    {
        CheckKind(address);
        try
        {
            // A root promises nothing but its address; where its span is one that data has, its payload must fit it.
            return await ReadAsync(
                address.Hash,
                chunk => chunk.Address == address.Hash && (chunk.Span > Chunk.MaxPayload ? ChunkReference.TryReadChildren(chunk, out _) : (ulong)chunk.Payload.Length == chunk.Span),
                cancellationToken);
        }
        catch (MissingPartException)
        {
            return null;
        }
    }

    /// <summary>A chunk that is what it should be, from whichever node has it.</summary>
    /// <exception cref="MissingPartException">No node has it, and each of them is in touch with others that could.</exception>
    private async ValueTask<Chunk> ReadAsync(Digest address, Func<Chunk, bool> isRight, CancellationToken cancellationToken)
    {
        var isWrong = false;
        for (var round = 0; ; round++)
        {
            if (round > 0) await PauseAsync(round, cancellationToken);
            var mayBeThere = false;
            BeeException? last = null;
            foreach (var node in InTurn())
            {
                try
                {
                    var bytes = await node.Api.ReadChunkAsync(address, cached: !isWrong, cancellationToken);
                    if (!Chunk.TryRead(bytes, out var chunk) || !isRight(chunk)) throw new BeeException(BeeFault.Wrong, $"{node.Api.Address} has other bytes at {address} than belong there.");
                    node.Worked();
                    return chunk;
                }
                catch (BeeException exception) when (exception.Fault == BeeFault.NotAvailable)
                {
                    last = exception;
                    mayBeThere |= await IsAloneAsync(node, cancellationToken);
                }
                catch (BeeException exception)
                {
                    last = exception;
                    mayBeThere = true;
                    isWrong |= exception.Fault == BeeFault.Wrong;
                    Failed(node, exception);
                }
            }
            if (!mayBeThere && round + 1 >= AbsentRounds) throw new MissingPartException($"No Bee node finds {address} now.", TimeSpan.FromSeconds(30), last);
            if (round + 1 >= Rounds) throw new StorageUnavailableException($"Swarm did not give {address}: {last!.Message}", TimeSpan.FromSeconds(30), last);
        }
    }

    private static async ValueTask<bool> IsAloneAsync(BeeNode node, CancellationToken cancellationToken)
    {
        try
        {
            return await node.Api.ReadPeersAsync(cancellationToken) == 0;
        }
        catch (BeeException)
        {
            return true;
        }
    }

    /// <summary>All nodes, beginning with another each time; those that failed a moment ago come last.</summary>
    private BeeNode[] InTurn()
    {
        var first = (uint)Interlocked.Increment(ref turn);
        return [.. Enumerable.Range(0, nodes.Length).Select(i => nodes[(first + (uint)i) % (uint)nodes.Length]).OrderBy(node => node.IsDistrusted)];
    }

    private Task PauseAsync(int round, CancellationToken cancellationToken) =>
        Task.Delay(FirstPause * Math.Pow(2, round - 1) * (0.5 + jitter()), time, cancellationToken);

    private void Failed(BeeNode node, BeeException exception)
    {
        node.Failed(exception.Message);
        failures.Add(1, Tag(node.LastState));
    }

    private static KeyValuePair<string, object?> Tag(NodeState node) => new("remotelog.swarm.node", node.Address.AbsoluteUri);

    /// <summary>Nothing is measured where the node cannot tell: a zero would raise an alarm.</summary>
    private IEnumerable<Measurement<double>> EachBatch(Func<BatchState, double?> value) => LastState.SelectMany(node => node.Batches
        .Where(batch => value(batch) is not null)
        .Select(batch => new Measurement<double>(value(batch)!.Value, Tag(node), new KeyValuePair<string, object?>("remotelog.swarm.batch", batch.Id.ToString()))));

    /// <summary>A file from its beginning, however often; an attempt that was given up may still be reading it while the next begins.</summary>
    private sealed class FileContent(SafeFileHandle file, long length) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            var buffer = new byte[64 * 1024];
            for (var at = 0L; at < length;)
            {
                var read = await RandomAccess.ReadAsync(file, buffer, at, cancellationToken);
                if (read == 0) throw new EndOfStreamException("The file with the content was cut.");
                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                at += read;
            }
        }

        protected override bool TryComputeLength(out long computed)
        {
            computed = length;
            return true;
        }
    }
}
