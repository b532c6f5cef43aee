using System.Collections.Concurrent;
using RemoteLog.Protocol;

namespace RemoteLog.Bee.Emulator;

/// <summary>What nodes share: the chunks that others keep, and the batches on the chain. Several nodes may be in one network.</summary>
public sealed class BeeNetwork
{
    private readonly ConcurrentDictionary<Digest, StoredChunk> chunks = new();
    private readonly ConcurrentDictionary<Digest, PostageBatch> batches = new();

    /// <summary>Addresses of everything in it.</summary>
    public IReadOnlyCollection<Digest> Addresses => [.. chunks.Keys];

    internal IEnumerable<PostageBatch> Batches => batches.Values;

    /// <summary>Whether a chunk is kept here, be it readable already or not.</summary>
    public bool Has(Digest address) => chunks.ContainsKey(address);

    /// <summary>Loses a chunk, as if every node that had it were gone.</summary>
    public void Lose(Digest address) => chunks.TryRemove(address, out _);

    /// <summary>Puts a chunk here as if another node had pushed it: single-owner chunks of whomever, or bytes that do not belong at their address.</summary>
    public void Plant(Digest address, ReadOnlyMemory<byte> bytes, bool isSingleOwner) =>
        chunks[address] = new StoredChunk(new Chunk(address, bytes, isSingleOwner), null, DateTimeOffset.MinValue);

    /// <summary>A batch runs out: every node drops its chunks.</summary>
    internal void Expire(PostageBatch batch)
    {
        batches.TryRemove(batch.Id, out _);
        foreach (var (address, stored) in chunks)
        {
            if (stored.Batch == batch) chunks.TryRemove(address, out _);
        }
    }

    internal void Add(PostageBatch batch) => batches[batch.Id] = batch;

    internal PostageBatch? FindBatch(Digest id) => batches.GetValueOrDefault(id);

    internal Chunk? Find(Digest address, DateTimeOffset now) =>
        chunks.TryGetValue(address, out var stored) && stored.ReadableFrom <= now ? stored.Chunk : null;

    internal void Push(Chunk chunk, PostageBatch batch, DateTimeOffset readableFrom, bool ignoresOverwrites)
    {
        var stored = new StoredChunk(chunk, batch, readableFrom);
        chunks.AddOrUpdate(
            chunk.Address, stored, (_, old) => old.Chunk.Bytes.Span.SequenceEqual(chunk.Bytes.Span) || (chunk.IsSingleOwner && ignoresOverwrites) ? old : stored);
    }

    private sealed record StoredChunk(Chunk Chunk, PostageBatch? Batch, DateTimeOffset ReadableFrom);
}
