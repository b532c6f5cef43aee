using System.Diagnostics.Metrics;
using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;
using RemoteLog.Server.Storage;

namespace RemoteLog.Storage.Swarm;

/// <summary>
/// Bee nodes that stand in for each other: each call begins with another one, what fails is tried at the next, and in rounds while it may pass. None of them is
/// trusted: what a node stores or gives must be what it should be.
/// </summary>
public sealed class BeeNodes : IDisposable
{
    /// <summary>The meter under which the state of nodes and batches is shown.</summary>
    public const string MeterName = "RemoteLog.Storage.Swarm";

    /// <summary>Rounds over all nodes before giving up.</summary>
    private const int Rounds = 4;

    /// <summary>Rounds before content that no node has counts as absent: a fresh chunk may take a moment to be found.</summary>
    private const int AbsentRounds = 2;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.5);

    private readonly HttpClient http;
    private readonly BeeNode[] nodes;
    private readonly TimeProvider time;
    private readonly Func<double> jitter;
    private readonly Meter meter;
    private readonly Counter<long> failures;
    private int turn;

    internal BeeNodes(SwarmOptions options, TimeProvider time, Func<double> jitter, HttpMessageHandler transport)
    {
        (this.time, this.jitter) = (time, jitter);
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

    /// <summary>Uploads to whichever node takes it, with whichever of its batches pays.</summary>
    /// <param name="what">For people.</param>
    /// <param name="upload">May be called again. What it returns must be <paramref name="address"/>.</param>
    /// <exception cref="StorageUnavailableException">No node took it.</exception>
    internal async ValueTask StoreAsync(
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

    /// <summary>Whether a node has a chunk itself. The network is not asked: to say that it has nothing takes it half a minute.</summary>
    internal async ValueTask<bool> IsAtHandAsync(Digest address, CancellationToken cancellationToken)
    {
        foreach (var node in InTurn())
        {
            try
            {
                if (await node.Api.HasChunkAsync(address, cancellationToken)) return true;
            }
            catch (BeeException exception)
            {
                Failed(node, exception);
            }
        }
        return false;
    }

    /// <summary>A chunk that is what it should be, from whichever node has it.</summary>
    /// <exception cref="MissingPartException">No node has it, and each of them is in touch with others that could.</exception>
    internal async ValueTask<Chunk> ReadAsync(Digest address, Func<Chunk, bool> isRight, CancellationToken cancellationToken)
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

    /// <summary>Lets each node forget its copy.</summary>
    /// <exception cref="StorageUnavailableException">A node did not answer.</exception>
    internal async ValueTask UnpinAsync(Digest address, CancellationToken cancellationToken)
    {
        foreach (var node in nodes)
        {
            try
            {
                await node.Api.UnpinAsync(address, cancellationToken);
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
}
