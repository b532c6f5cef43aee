using System.Collections.Concurrent;
using System.Numerics;
using System.Security.Cryptography;
using RemoteLog.Bee.Emulator.Http;
using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;

namespace RemoteLog.Bee.Emulator;

/// <summary>
/// A Bee node of API 8.1 on 127.0.0.1, in memory: statuses, postage, single-owner chunks and feeds as a real one has them, and every fault on demand.
/// It is a light node that is connected to a network of its own, unless it is given one to share.
/// </summary>
public sealed class BeeNode : IAsyncDisposable
{
    /// <summary>PLUR for a chunk and block.</summary>
    internal const long Price = 24_000;

    private readonly ConcurrentDictionary<Digest, Chunk> local = new();
    private readonly ConcurrentDictionary<Digest, Chunk> cache = new();
    private readonly ConcurrentDictionary<Digest, PostageBatch> issuers = new();
    private readonly ConcurrentDictionary<uint, UploadTag> tags = new();
    private readonly ConcurrentDictionary<Digest, bool> pins = new();
    private readonly ConcurrentQueue<(Chunk Chunk, PostageBatch Batch, UploadTag? Tag)> deferred = new();
    private readonly ConcurrentQueue<BeeRequest> requests = new();
    private readonly SigningKey key = Hashing.NewKey();
    private readonly DateTimeOffset firstBlock;
    private WebApplication app = null!;
    private uint lastTag;

    private BeeNode(BeeNodeOptions options, BeeNetwork network)
    {
        (Options, Network) = (options, network);
        firstBlock = options.Time.GetUtcNow() - options.BlockTime * 1_000_000;
    }

    /// <summary>Where it listens; the same after a restart.</summary>
    public Uri Address { get; private set; } = null!;

    public BeeNetwork Network { get; }

    public BeeFaults Faults { get; } = new();

    /// <summary>What was asked of it, oldest first.</summary>
    public IReadOnlyCollection<BeeRequest> Requests => [.. requests];

    /// <summary>References that are pinned.</summary>
    public IReadOnlyCollection<Digest> Pins => [.. pins.Keys];

    internal BeeNodeOptions Options { get; }

    internal DateTimeOffset Now => Options.Time.GetUtcNow();

    internal long BlockNumber => (long)((Now - firstBlock) / Options.BlockTime);

    /// <summary>The node's own Ethereum address, which owns the batches that it buys.</summary>
    internal EthereumAddress Owner => EthereumAddress.Of(key.Owner);

    internal IEnumerable<PostageBatch> Issuers => issuers.Values.Where(IsAlive);

    internal IEnumerable<UploadTag> Tags => tags.Values.OrderBy(tag => tag.Uid);

    /// <summary>Starts a node on a free port.</summary>
    /// <param name="network">The network to share with other nodes; null: one of its own.</param>
    public static async Task<BeeNode> StartAsync(BeeNodeOptions? options = null, BeeNetwork? network = null)
    {
        var node = new BeeNode(options ?? new(), network ?? new());
        await node.ListenAsync(node.Options.Port);
        return node;
    }

    /// <summary>Buys a batch that can be used at once.</summary>
    /// <param name="depth">log2 of the number of slots; 17 has two in a bucket.</param>
    /// <param name="isYoung">It is to become usable only after ten blocks.</param>
    /// <param name="timeToLive">How long it lasts; null: a year.</param>
    public PostageBatch Buy(int depth = 20, bool isImmutable = true, bool isYoung = false, TimeSpan? timeToLive = null)
    {
        var blocks = (timeToLive ?? TimeSpan.FromDays(365)) / Options.BlockTime;
        return Buy(depth, (BigInteger)(blocks * Price), isImmutable, string.Empty, isYoung);
    }

    /// <summary>The batch runs out now: the node forgets it, and the network its chunks.</summary>
    public void Expire(PostageBatch batch)
    {
        issuers.TryRemove(batch.Id, out _);
        Network.Expire(batch);
    }

    /// <summary>Pushes what was deferred, as the node does by itself unless <see cref="BeeFaults.HoldsDeferred"/>.</summary>
    public void PushDeferred()
    {
        while (deferred.TryDequeue(out var item))
        {
            // A batch that ran out in the meantime takes its chunks with it, and nobody is told.
            if (!IsAlive(item.Batch)) continue;
            Network.Push(item.Chunk, item.Batch, Now + Faults.DelayBeforeReadable, Faults.IgnoresOverwrites);
            if (item.Tag is { } tag)
            {
                lock (tag) tag.Synced++;
            }
        }
    }

    /// <summary>Stops and starts again at the same address. What was only deferred is lost, as is what is merely cached.</summary>
    public async Task RestartAsync()
    {
        await app.DisposeAsync();
        foreach (var (chunk, _, _) in deferred) local.TryRemove(chunk.Address, out _);
        deferred.Clear();
        cache.Clear();
        await ListenAsync(Address.Port);
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        key.Dispose();
    }

    internal PostageBatch Buy(int depth, BigInteger amount, bool isImmutable, string label, bool isYoung)
    {
        var batch = new PostageBatch(
            new Digest(RandomNumberGenerator.GetBytes(Digest.Size)), depth, amount, isImmutable, label, Owner, BlockNumber, Options, isYoung);
        issuers[batch.Id] = batch;
        Network.Add(batch);
        return batch;
    }

    /// <summary>A batch that this node can issue stamps from; null when there is none, or no more.</summary>
    internal PostageBatch? FindIssuer(Digest id) => issuers.TryGetValue(id, out var batch) && IsAlive(batch) ? batch : null;

    /// <summary>A stamp for a chunk that another may upload.</summary>
    internal PostageStamp Issue(PostageBatch batch, Digest address, uint slot) =>
        PostageStamp.Issue(key, address, batch.Id, slot, (ulong)Now.ToUnixTimeMilliseconds() * 1_000_000);

    /// <summary>A chunk from this node alone.</summary>
    internal Chunk? FindLocal(Digest address) => local.GetValueOrDefault(address) ?? cache.GetValueOrDefault(address);

    /// <summary>A chunk from the network alone.</summary>
    internal Chunk? FindRemote(Digest address) => Faults.HasNoPeers ? null : Network.Find(address, Now);

    /// <summary>A chunk from wherever it is.</summary>
    /// <param name="keep">Whether the node is to keep a copy of what it fetched.</param>
    internal Chunk? Find(Digest address, bool keep)
    {
        if (FindLocal(address) is { } near) return near;
        if (FindRemote(address) is not { } far) return null;
        if (keep) cache[address] = far;
        return far;
    }

    /// <summary>Sends a chunk to the network; the answer waits for it.</summary>
    internal void Push(Chunk chunk, PostageBatch batch)
    {
        if (Faults.FailsThisPush()) throw new BeeAnswerException(StatusCodes.Status500InternalServerError, "split write all failed");
        Network.Push(chunk, batch, Now + Faults.DelayBeforeReadable, Faults.IgnoresOverwrites);

        // A node that had the chunk goes on answering with what it had: why a second payload at one address may never be seen.
        if (Faults.IgnoresOverwrites) return;
        cache.TryRemove(chunk.Address, out _);
    }

    /// <summary>Keeps a chunk to be pushed later.</summary>
    internal void Defer(Chunk chunk, PostageBatch batch, UploadTag? tag)
    {
        if (chunk.IsSingleOwner && Faults.IgnoresOverwrites) local.TryAdd(chunk.Address, chunk);
        else local[chunk.Address] = chunk;
        deferred.Enqueue((chunk, batch, tag));
    }

    internal UploadTag NewTag()
    {
        var tag = new UploadTag(Interlocked.Increment(ref lastTag), Now);
        return tags[tag.Uid] = tag;
    }

    internal UploadTag? FindTag(long uid) => tags.GetValueOrDefault((uint)uid);

    internal bool DropTag(long uid) => tags.TryRemove((uint)uid, out _);

    /// <summary>Keeps a tree on this node. False when it was pinned already.</summary>
    internal bool Pin(Digest reference, IEnumerable<Chunk> chunks)
    {
        foreach (var chunk in chunks) local[chunk.Address] = chunk;
        return pins.TryAdd(reference, true);
    }

    internal bool Unpin(Digest reference) => pins.TryRemove(reference, out _);

    internal void Remember(BeeRequest request) => requests.Enqueue(request);

    private bool IsAlive(PostageBatch batch)
    {
        if (batch.SecondsLeft(Price) > 0 && Network.FindBatch(batch.Id) is not null) return true;
        Expire(batch);
        return false;
    }

    private async Task ListenAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}").ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;

            // Bee closes what is idle for 30 s, and wants all headers within 3 s.
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(30);
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(3);
        });
        app = builder.Build();
        BeeApi.Map(app, this);
        await app.StartAsync();
        Address = new Uri(app.Urls.Single());
    }
}
