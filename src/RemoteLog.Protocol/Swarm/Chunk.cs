using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace RemoteLog.Protocol.Swarm;

/// <summary>What Swarm stores under a content address: how many bytes of data lie below it, and a payload of up to 4096 bytes.</summary>
/// <param name="Span">Bytes of data in or below it.</param>
/// <param name="Payload">Data where the span is at most 4096; else references to further chunks.</param>
public sealed record Chunk(ulong Span, ReadOnlyMemory<byte> Payload)
{
    /// <summary>The longest payload in bytes.</summary>
    public const int MaxPayload = 4096;

    /// <summary>Bytes before the payload: the span, little-endian.</summary>
    public const int SpanSize = sizeof(ulong);

    /// <summary>The longest chunk in bytes, span included.</summary>
    public const int MaxSize = SpanSize + MaxPayload;

    /// <summary>References in a full intermediate chunk.</summary>
    public const int Branches = MaxPayload / Digest.Size;

    private const int Levels = 7;
    private const int PairSize = 2 * Digest.Size;

    /// <summary>What stands for an empty subtree of each height, from 32 zero bytes up.</summary>
    private static readonly Digest[] EmptySubtrees = HashEmptySubtrees();

    /// <summary>Where it is found: the root of the binary Merkle tree over its payload, hashed behind its span.</summary>
    public Digest Address => AddressOf(Span, Payload.Span);

    /// <summary>A chunk of data.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Longer than <see cref="MaxPayload"/>.</exception>
    public static Chunk Of(ReadOnlyMemory<byte> data)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(data.Length, MaxPayload);
        return new Chunk((ulong)data.Length, data);
    }

    /// <summary>The address of a chunk of this span and payload.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A payload longer than <see cref="MaxPayload"/>.</exception>
    public static Digest AddressOf(ulong span, ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, MaxPayload);
        Span<byte> prefix = stackalloc byte[SpanSize];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, span);
        return Keccak256.Hash(prefix, RootOf(payload).Span);
    }

    /// <summary>Reads span and payload; whether they belong to an address is for the caller to check.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out Chunk? chunk)
    {
        chunk = bytes.Length is >= SpanSize and <= MaxSize
            ? new Chunk(BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span), bytes[SpanSize..])
            : null;
        return chunk is not null;
    }

    /// <summary>Span and payload, as they are stored and sent.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[SpanSize + Payload.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Span);
        Payload.Span.CopyTo(bytes.AsSpan(SpanSize));
        return bytes;
    }

    /// <summary>The root of the tree over 128 segments of 32 bytes. What the payload lacks is zero, and hashed once for all.</summary>
    internal static Digest RootOf(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty) return EmptySubtrees[Levels];

        Span<byte> nodes = stackalloc byte[MaxPayload / 2];
        var pairs = payload.Length / PairSize;
        Keccak256.HashPairs(payload[..(pairs * PairSize)], nodes);
        var left = payload[(pairs * PairSize)..];
        if (left.Length > 0)
        {
            Span<byte> last = stackalloc byte[PairSize];
            last.Clear();
            left.CopyTo(last);
            Keccak256.HashPairs(last, nodes[(pairs * Digest.Size)..]);
            pairs++;
        }

        for (var level = 1; level < Levels; level++)
        {
            if (pairs % 2 == 1) EmptySubtrees[level].Span.CopyTo(nodes[(pairs++ * Digest.Size)..]);
            Keccak256.HashPairs(nodes[..(pairs * Digest.Size)], nodes);
            pairs /= 2;
        }
        return new Digest(nodes[..Digest.Size]);
    }

    private static Digest[] HashEmptySubtrees()
    {
        var subtrees = new Digest[Levels + 1];
        for (var level = 1; level <= Levels; level++) subtrees[level] = Keccak256.Hash(subtrees[level - 1].Span, subtrees[level - 1].Span);
        return subtrees;
    }
}
