using System.Buffers.Binary;

namespace RemoteLog.Protocol.Swarm;

/// <summary>
/// The Swarm reference of data of any length, without redundancy and encryption. Takes the data in as it comes and holds one chunk of each level: data of
/// a terabyte has four of them.
/// </summary>
/// <param name="emit">Is told each chunk of the tree, children first: its address, and its span and payload, valid during the call.</param>
public sealed class TreeHasher(TreeHasher.ChunkSink? emit = null)
{
    private readonly List<Level> levels = [];
    private readonly byte[] chunk = new byte[Chunk.MaxSize];
    private int filled;

    /// <summary>Receives a chunk: its address, and its span and payload, valid during the call.</summary>
    public delegate void ChunkSink(Digest address, ReadOnlySpan<byte> chunk);

    /// <summary>Bytes taken in so far.</summary>
    public long Length { get; private set; }

    /// <summary>The reference of data that is at hand.</summary>
    public static Digest Root(ReadOnlySpan<byte> data)
    {
        var hasher = new TreeHasher();
        hasher.Append(data);
        return hasher.Finish();
    }

    /// <summary>The address of <paramref name="data"/> in Swarm, as content addresses are written.</summary>
    public static Cid AddressOf(ReadOnlySpan<byte> data) => new(CidKind.Swarm, Root(data));

    public void Append(ReadOnlySpan<byte> data)
    {
        Length += data.Length;
        while (data.Length > 0)
        {
            // A full chunk is only hashed when more follows: were it the only one, it would be the root.
            if (filled == Chunk.MaxPayload) CloseData();
            if (filled == 0 && emit is null && data.Length > Chunk.MaxPayload)
            {
                Add(0, Chunk.AddressOf(Chunk.MaxPayload, data[..Chunk.MaxPayload]), Chunk.MaxPayload);
                data = data[Chunk.MaxPayload..];
                continue;
            }

            var taken = Math.Min(data.Length, Chunk.MaxPayload - filled);
            data[..taken].CopyTo(chunk.AsSpan(Chunk.SpanSize + filled));
            filled += taken;
            data = data[taken..];
        }
    }

    /// <summary>The root, once everything was appended. Begins anew afterwards.</summary>
    public Digest Finish()
    {
        if (filled > 0 || Length == 0) CloseData();

        // From below upwards: what is left of a level becomes one chunk, except that a single reference goes up as it is (the carrier chunk).
        var root = default(Digest);
        for (var i = 0; i < levels.Count; i++)
        {
            var isTop = levels.Skip(i + 1).All(above => above.Count == 0);
            if (isTop && levels[i].Count == 1)
            {
                root = new Digest(levels[i].References[..Digest.Size]);
                break;
            }
            if (levels[i].Count > 0) Close(i);
        }

        levels.Clear();
        Length = 0;
        return root;
    }

    private void CloseData()
    {
        Add(0, Emit(chunk.AsSpan(0, Chunk.SpanSize + filled), (ulong)filled), (ulong)filled);
        filled = 0;
    }

    private void Add(int height, Digest reference, ulong span)
    {
        if (height == levels.Count) levels.Add(new Level());

        // Likewise a full level is only closed when more follows.
        if (levels[height].Count == Chunk.Branches) Close(height);
        levels[height].Add(reference, span);
    }

    private void Close(int height)
    {
        var level = levels[height];
        var (count, span) = (level.Count, level.Span);
        var reference = count == 1 ? new Digest(level.References[..Digest.Size]) : Emit(level.Chunk, span);
        level.Clear();
        Add(height + 1, reference, span);
    }

    private Digest Emit(Span<byte> bytes, ulong span)
    {
        var address = Chunk.AddressOf(span, bytes[Chunk.SpanSize..]);
        if (emit is not null)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, span);
            emit(address, bytes);
        }
        return address;
    }

    /// <summary>References that wait for the rest of their chunk.</summary>
    private sealed class Level
    {
        private readonly byte[] bytes = new byte[Swarm.Chunk.MaxSize];

        public int Count { get; private set; }

        public ulong Span { get; private set; }

        public Span<byte> Chunk => bytes.AsSpan(0, Swarm.Chunk.SpanSize + Count * Digest.Size);

        public ReadOnlySpan<byte> References => Chunk[Swarm.Chunk.SpanSize..];

        public void Add(Digest reference, ulong span)
        {
            reference.Span.CopyTo(bytes.AsSpan(Swarm.Chunk.SpanSize + Count * Digest.Size));
            Count++;
            Span += span;
        }

        public void Clear() => (Count, Span) = (0, 0);
    }
}
