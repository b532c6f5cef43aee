using System.Buffers;

namespace RemoteLog.Storage.Azure;

/// <summary>
/// Segments whose entries are in a page by now and whose rows one transaction could not all delete. They are listed in the head, and each following change
/// of it deletes some more; so sealing stays one transaction, and whatever crashes, the list and the rows agree.
/// </summary>
internal sealed class DroppedSegments(IReadOnlyList<long> ascending)
{
    public static readonly DroppedSegments None = new([]);

    /// <summary>Their last sequences.</summary>
    public IReadOnlyList<long> Lasts => ascending;

    /// <summary>The oldest of them, for as many as one transaction takes, and the others.</summary>
    public (IReadOnlyList<long> Now, DroppedSegments Later) Split(int max) =>
        ascending.Count <= max ? (ascending, None) : ([.. ascending.Take(max)], new DroppedSegments([.. ascending.Skip(max)]));

    /// <summary>Each as the distance from the one before, in seven-bit groups: mostly a byte.</summary>
    public byte[] ToArray()
    {
        var bytes = new ArrayBufferWriter<byte>(Math.Max(1, ascending.Count));
        var before = 0L;
        foreach (var last in ascending)
        {
            var distance = (ulong)(last - before);
            for (; distance > 0x7f; distance >>= 7) bytes.Write([(byte)(distance | 0x80)]);
            bytes.Write([(byte)distance]);
            before = last;
        }
        return bytes.WrittenSpan.ToArray();
    }

    public static DroppedSegments Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return None;
        List<long> lasts = [];
        var (before, distance, shift) = (0L, 0UL, 0);
        foreach (var group in bytes)
        {
            distance |= (ulong)(group & 0x7f) << shift;
            shift += 7;
            if (group > 0x7f) continue;
            lasts.Add(before += (long)distance);
            (distance, shift) = (0, 0);
        }
        return new DroppedSegments(lasts);
    }
}
