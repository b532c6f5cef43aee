using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;
using RemoteLog.Server.Mirror;
using RemoteLog.Server.Storage;

namespace RemoteLog.Storage.Swarm;

/// <summary>
/// Logs as Swarm feeds: the owner is one secp256k1 key, the topic the log's id, each update a single-owner chunk that wraps the message itself. A message
/// over 4096 bytes is stored as content, and the update wraps its root.
/// </summary>
/// <param name="content">The nodes, and what pays.</param>
/// <param name="key">Signs the updates: on secp256k1. Disposed of with this.</param>
/// <exception cref="ArgumentException">The key is on another curve.</exception>
public sealed class SwarmMirror(SwarmContent content, SigningKey key) : IMirror, IDisposable
{
    /// <summary>Who signs the updates: what a reader has to know beside the log's name.</summary>
    public EthereumAddress Publisher { get; } = EthereumAddress.Of(key.Owner);

    public async ValueTask<long> FindFreeAsync(LogName log, long from, CancellationToken cancellationToken)
    {
        var feed = FeedOf(log);
        var newest = await FeedLookup.FindNewestAsync(
            from == 0 ? null : (ulong)from - 1,
            async (index, token) => await content.Nodes.FindUpdateAsync(feed.AddressAt(index), token) is not null,
            cancellationToken);
        return newest is { } index ? (long)index + 1 : 0;
    }

    public async ValueTask<ReadOnlyMemory<byte>> PrepareAsync(LogName log, long index, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        var wrapped = message.Length <= Chunk.MaxPayload ? Chunk.Of(message) : await StoreAsync(message, cancellationToken);
        return SingleOwnerChunk.Sign(key, FeedOf(log).IdAt((ulong)index), wrapped).ToArray();
    }

    public async ValueTask<bool> TryWriteAsync(LogName log, ReadOnlyMemory<byte> update, CancellationToken cancellationToken)
    {
        // The bytes of a chunk begin with its id, which with the owner gives its address.
        var address = SingleOwnerChunk.AddressOf(new Digest(update.Span[..Digest.Size]), Publisher);
        if (!SingleOwnerChunk.TryRead(update, address, out var chunk))
        {
            throw new StorageUnavailableException($"An update of {log} was signed with another key than Mirror:Key, and waits for that one.", TimeSpan.FromMinutes(5));
        }
        await content.Nodes.StoreAsync(chunk, cancellationToken);

        // 201 says nothing of which payload the network keeps where it had one before. That a fresh chunk is not found at once is normal.
        return await content.Nodes.FindUpdateAsync(address, cancellationToken) is not { } kept || kept.Wrapped.Address == chunk.Wrapped.Address;
    }

    public void Dispose() => key.Dispose();

    private SequenceFeed FeedOf(LogName log) => new(log.Id.Span.ToArray(), Publisher);

    /// <summary>Stores a message as content, and gives its root.</summary>
    private async ValueTask<Chunk> StoreAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        byte[] last = [];
        var hasher = new TreeHasher((_, chunk) => last = chunk.ToArray());
        hasher.Append(message.Span);
        var root = hasher.Finish();
        await content.PutAsync(new Cid(CidKind.Swarm, root), message, cancellationToken);
        return Chunk.TryRead(last, out var chunk) && chunk.Address == root ? chunk : throw new InvalidOperationException("The root is hashed last.");
    }
}
