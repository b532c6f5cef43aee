using System.Diagnostics.CodeAnalysis;

namespace RemoteLog.Protocol.Swarm;

/// <summary>Where part of some data lies: a chunk, and how many bytes of data are in or below it.</summary>
public readonly record struct ChunkReference(Digest Address, ulong Span)
{
    /// <summary>Bee builds no higher trees.</summary>
    private const int MaxLevels = 8;

    /// <summary>
    /// The children of an intermediate chunk, in the order of their data. Every child but the last is a full tree of the greatest height that leaves
    /// something over, and the last holds that. Each span found on the way down must be the one promised here (<see cref="IsOf"/>).
    /// </summary>
    /// <returns>False for a chunk of data, and for one that no tree without redundancy and encryption has.</returns>
    public static bool TryReadChildren(Chunk chunk, [NotNullWhen(true)] out ChunkReference[]? children)
    {
        children = null;
        var (span, count) = (chunk.Span, chunk.Payload.Length / Digest.Size);
        if (span <= Chunk.MaxPayload || chunk.Payload.Length % Digest.Size != 0 || count < 2) return false;

        var (full, levels) = ((ulong)Chunk.MaxPayload, 1);
        while (span > full * Chunk.Branches)
        {
            full *= Chunk.Branches;
            if (++levels == MaxLevels) return false;
        }
        if ((span - 1) / full + 1 != (ulong)count) return false;

        children = new ChunkReference[count];
        for (var i = 0; i < count; i++)
        {
            var address = new Digest(chunk.Payload.Span.Slice(i * Digest.Size, Digest.Size));
            children[i] = new ChunkReference(address, i < count - 1 ? full : span - full * (ulong)(count - 1));
        }
        return true;
    }

    /// <summary>Whether this is a reference to <paramref name="chunk"/>: its address and its span, and where it holds data, so much of it.</summary>
    public bool IsOf(Chunk chunk) => chunk.Span == Span && (Span > Chunk.MaxPayload || (ulong)chunk.Payload.Length == Span) && chunk.Address == Address;
}
