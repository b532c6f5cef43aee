using System.Buffers.Binary;
using RemoteLog.Protocol;

namespace RemoteLog.Bee.Emulator;

/// <summary>Data as the tree of chunks that Swarm keeps it in, without redundancy or encryption.</summary>
internal static class ChunkTree
{
    private const int Branches = Chunk.MaxPayload / Digest.Size;

    /// <summary>All chunks of <paramref name="data"/>, each before its parent: the last is the root.</summary>
    public static List<Chunk> Split(ReadOnlyMemory<byte> data)
    {
        List<Chunk> all = [];
        List<(Digest Address, long Span)> level = [];

        // Nothing at all is one empty chunk.
        for (var at = 0; at == 0 || at < data.Length; at += Chunk.MaxPayload)
        {
            var piece = data.Slice(at, Math.Min(Chunk.MaxPayload, data.Length - at));
            level.Add(Add(piece.Span, piece.Length));
        }

        while (level.Count > 1)
        {
            // A node that is alone in its group moves up as it is.
            level = [.. level.Chunk(Branches).Select(group => group.Length == 1 ? group[0] : Add(Join(group), group.Sum(child => child.Span)))];
        }
        return all;

        (Digest Address, long Span) Add(ReadOnlySpan<byte> payload, long span)
        {
            var bytes = new byte[Chunk.SpanSize + payload.Length];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, span);
            payload.CopyTo(bytes.AsSpan(Chunk.SpanSize));
            var chunk = Chunk.OfContent(bytes);
            all.Add(chunk);
            return (chunk.Address, span);
        }
    }

    /// <summary>The data under <paramref name="root"/> from <paramref name="from"/> on, piece by piece.</summary>
    /// <param name="find">Fetches a chunk; null when it is not to be had.</param>
    /// <exception cref="IncompleteTreeException">A chunk below the root is not to be had.</exception>
    public static IEnumerable<ReadOnlyMemory<byte>> Read(Chunk root, long from, Func<Digest, Chunk?> find)
    {
        if (root.Span <= Chunk.MaxPayload)
        {
            if (from < root.Payload.Length) yield return root.Payload[(int)from..];
            yield break;
        }
        foreach (var address in ChildrenOf(root))
        {
            var child = find(address) ?? throw new IncompleteTreeException(address);
            if (from < child.Span)
            {
                foreach (var piece in Read(child, from, find)) yield return piece;
            }
            from = Math.Max(0, from - child.Span);
        }
    }

    /// <summary>Every address in the tree under <paramref name="root"/>, with the chunk that is there; null where none is to be had.</summary>
    public static IEnumerable<(Digest Address, Chunk? Chunk)> Walk(Digest root, Func<Digest, Chunk?> find)
    {
        var chunk = find(root);
        yield return (root, chunk);
        if (chunk is null || chunk.Span <= Chunk.MaxPayload) yield break;
        foreach (var below in ChildrenOf(chunk).SelectMany(child => Walk(child, find))) yield return below;
    }

    private static byte[] Join((Digest Address, long Span)[] group)
    {
        var references = new byte[group.Length * Digest.Size];
        for (var i = 0; i < group.Length; i++) group[i].Address.Span.CopyTo(references.AsSpan(i * Digest.Size));
        return references;
    }

    private static IEnumerable<Digest> ChildrenOf(Chunk chunk)
    {
        for (var at = 0; at + Digest.Size <= chunk.Payload.Length; at += Digest.Size) yield return new Digest(chunk.Payload.Span.Slice(at, Digest.Size));
    }
}

/// <summary>A chunk of a tree is not to be had.</summary>
internal sealed class IncompleteTreeException(Digest missing) : Exception($"Chunk {missing} is missing.");
