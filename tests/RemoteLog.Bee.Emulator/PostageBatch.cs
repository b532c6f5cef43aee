using System.Buffers.Binary;
using System.Numerics;
using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;

namespace RemoteLog.Bee.Emulator;

/// <summary>
/// A batch of postage stamps: 2^depth slots in 2^16 buckets, and the bucket of a chunk is the first 16 bits of its address. As soon as one bucket is
/// full the batch is, for some chunks.
/// </summary>
public sealed class PostageBatch
{
    /// <summary>log2 of the number of buckets.</summary>
    public const int BucketDepth = 16;

    /// <summary>Blocks before a batch may be used.</summary>
    public const int Confirmations = 10;

    private readonly Lock gate = new();
    private readonly Dictionary<ushort, uint> collisions = [];
    private readonly Dictionary<Digest, (ushort Bucket, uint Slot)> slots = [];
    private readonly Dictionary<(ushort Bucket, uint Slot), Chunk> taken = [];
    private readonly TimeProvider time;
    private readonly TimeSpan blockTime;
    private readonly DateTimeOffset boughtAt;

    internal PostageBatch(Digest id, int depth, BigInteger amount, bool isImmutable, string label, EthereumAddress owner, long block, BeeNodeOptions options, bool isYoung)
    {
        (Id, Depth, Amount, IsImmutable, Label, Owner, Block) = (id, depth, amount, isImmutable, label, owner, block);
        (time, blockTime) = (options.Time, options.BlockTime);
        boughtAt = time.GetUtcNow() - (isYoung ? TimeSpan.Zero : blockTime * Confirmations);
    }

    public Digest Id { get; }

    /// <summary>log2 of the number of slots.</summary>
    public int Depth { get; private set; }

    /// <summary>False: a bucket that is full begins again, and what was in its slots is lost.</summary>
    public bool IsImmutable { get; }

    /// <summary>Paid for each chunk, in PLUR.</summary>
    public BigInteger Amount { get; private set; }

    /// <summary>How many further uploads are told that the batch is not usable yet, whatever its age.</summary>
    public int RefusalsUntilUsable { get; set; }

    /// <summary>Slots taken in the fullest bucket.</summary>
    public uint Utilization
    {
        get
        {
            lock (gate) return collisions.Count == 0 ? 0 : collisions.Values.Max();
        }
    }

    public bool IsUsable => RefusalsUntilUsable == 0 && time.GetUtcNow() - boughtAt >= blockTime * Confirmations;

    internal string Label { get; }

    internal EthereumAddress Owner { get; }

    internal long Block { get; }

    internal uint SlotsPerBucket => 1u << (Depth - BucketDepth);

    /// <summary>Fills every bucket up to <paramref name="ratio"/>.</summary>
    public void Fill(double ratio)
    {
        lock (gate)
        {
            for (var bucket = 0; bucket < 1 << BucketDepth; bucket++) collisions[(ushort)bucket] = (uint)(SlotsPerBucket * ratio);
        }
    }

    internal static ushort BucketOf(Digest address) => BinaryPrimitives.ReadUInt16BigEndian(address.Span);

    /// <summary>Seconds it will last at the price; 0 or less: it has run out.</summary>
    internal long SecondsLeft(long price) =>
        (long)(Amount * (BigInteger)blockTime.TotalMilliseconds / price / 1000) - (long)(time.GetUtcNow() - boughtAt).TotalSeconds;

    /// <summary>
    /// Gives a chunk its slot; the same chunk again has the one it had. In a full bucket of a mutable batch it takes that of the oldest, which
    /// <paramref name="replaced"/> names.
    /// </summary>
    /// <returns>Null when its bucket is full.</returns>
    internal (ushort Bucket, uint Slot)? Stamp(Chunk chunk, out Digest? replaced)
    {
        replaced = null;
        lock (gate)
        {
            if (slots.TryGetValue(chunk.Identity, out var had)) return had;
            var bucket = BucketOf(chunk.Address);
            var next = collisions.GetValueOrDefault(bucket);
            if (next >= SlotsPerBucket)
            {
                if (IsImmutable) return null;
                next = 0;
            }

            var slot = (bucket, next);
            if (taken.TryGetValue(slot, out var old))
            {
                replaced = old.Address;
                slots.Remove(old.Identity);
            }
            collisions[bucket] = next + 1;
            taken[slot] = chunk;
            slots[chunk.Identity] = slot;
            return slot;
        }
    }

    /// <summary>Whether a chunk of it was given a slot before.</summary>
    internal bool HasStamped(Chunk chunk)
    {
        lock (gate) return slots.ContainsKey(chunk.Identity);
    }

    internal void TopUp(BigInteger amount) => Amount += amount;

    /// <summary>More slots for the same money, so for a shorter time.</summary>
    internal void Dilute(int depth)
    {
        lock (gate) (Amount, Depth) = (Amount >> (depth - Depth), depth);
    }

    internal uint[] Collisions()
    {
        var counts = new uint[1 << BucketDepth];
        lock (gate)
        {
            foreach (var (bucket, count) in collisions) counts[bucket] = count;
        }
        return counts;
    }
}
