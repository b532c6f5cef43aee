using RemoteLog.Protocol.Wire;

namespace RemoteLog.Protocol;

/// <summary>How much one segment may hold. Sizes in bytes, header and data together.</summary>
public sealed record SegmentLimits
{
    public static readonly SegmentLimits Default = new();

    /// <summary>Larger data is uploaded first and named by its address.</summary>
    public int EntryBytes { get; init; } = 1024 * 1024;

    public int SegmentBytes { get; init; } = 4 * 1024 * 1024;

    public int Entries { get; init; } = 4096;
}

/// <summary>Why bytes are not a segment.</summary>
public enum SegmentFault
{
    None,

    /// <summary>Not the protobuf message, or with a field missing, doubled, unknown or not of its form.</summary>
    Malformed,

    /// <summary>Entries are numbered from 1.</summary>
    FirstIsZero,

    Empty,
    EntryTooLarge,
    SegmentTooLarge,
    TooManyEntries,
}

/// <summary>
/// What a device uploads: consecutive entries and one signature over the checkpoint after the last. A parsed segment points into the bytes it
/// came from; keep those unchanged for as long as it is used.
/// </summary>
public sealed class Segment
{
    /// <summary>The longest serialized form that a segment within the limits can have: entries need at most 92 bytes of framing each, the rest 208.</summary>
    public static int MaxLength(SegmentLimits limits) => limits.SegmentBytes + 512 + (limits.Entries * 128);

    private Segment(string owner, string topic, long first, Entry[] entries, Signature signature)
    {
        Owner = owner;
        Topic = topic;
        First = first;
        Entries = entries;
        Signature = signature;
    }

    /// <summary>As sent, not yet known to be an owner's name.</summary>
    public string Owner { get; }

    /// <summary>As sent, not yet known to be a topic.</summary>
    public string Topic { get; }

    /// <summary>Sequence of the first entry.</summary>
    public long First { get; }

    /// <summary>Sequence of the last entry, which the signature is for.</summary>
    public long Last => First + Entries.Count - 1;

    public IReadOnlyList<Entry> Entries { get; }

    public Signature Signature { get; }

    /// <summary>Whether it says to be for <paramref name="log"/>.</summary>
    public bool IsFor(LogName log) => Owner == log.Owner.Name && Topic == log.Topic.Value;

    /// <summary>Reads a serialized segment. Nothing unknown may be in it: the signature covers entries only, so whatever else is there is unsigned.</summary>
    public static SegmentFault TryParse(ReadOnlyMemory<byte> bytes, SegmentLimits limits, out Segment? segment)
    {
        segment = null;
        ReadOnlyMemory<byte>? owner = null, topic = null, signature = null;
        long? first = null;
        List<Entry> entries = [];
        long total = 0;

        var reader = new WireReader(bytes.Span);
        for (var field = reader.NextField(); field != 0; field = reader.NextField())
        {
            switch (field)
            {
                case 1 when owner is null: owner = bytes[reader.Bytes()]; break;
                case 2 when topic is null: topic = bytes[reader.Bytes()]; break;
                case 3 when first is null: first = reader.Number(); break;
                case 5 when signature is null: signature = bytes[reader.Bytes()]; break;
                case 4:
                    var message = bytes[reader.Bytes()];
                    if (reader.Failed) return SegmentFault.Malformed;
                    if (entries.Count == limits.Entries) return SegmentFault.TooManyEntries;
                    if (!SegmentEntry.TryRead(message, out var parts)) return SegmentFault.Malformed;
                    if (parts.Length > limits.EntryBytes) return SegmentFault.EntryTooLarge;
                    if ((total += parts.Length) > limits.SegmentBytes) return SegmentFault.SegmentTooLarge;
                    if (!parts.TryBuild(out var entry)) return SegmentFault.Malformed;
                    entries.Add(entry);
                    break;
                default: return SegmentFault.Malformed;
            }
        }

        if (reader.Failed) return SegmentFault.Malformed;
        if (entries.Count == 0) return SegmentFault.Empty;
        if (first is null or 0) return SegmentFault.FirstIsZero;
        if (first > long.MaxValue - entries.Count) return SegmentFault.Malformed;
        if (!WireReader.TryAscii(owner, RemoteLog.Protocol.Owner.MaxLength, out var ownerText)) return SegmentFault.Malformed;
        if (!WireReader.TryAscii(topic, RemoteLog.Protocol.Topic.MaxLength, out var topicText)) return SegmentFault.Malformed;
        if (signature is not { Length: Signature.Size }) return SegmentFault.Malformed;

        segment = new Segment(ownerText, topicText, first.Value, [.. entries], new Signature(signature.Value.Span));
        return SegmentFault.None;
    }

    /// <summary>The serialized form of a segment, ready to upload. <paramref name="signature"/> is over the checkpoint after the last entry.</summary>
    /// <exception cref="ArgumentException">An entry has neither data nor an address: what is forgotten cannot be uploaded.</exception>
    public static byte[] Write(LogName log, long first, IReadOnlyList<Entry> entries, in Signature signature)
    {
        var (owner, topic) = (log.Owner.Name, log.Topic.Value);
        var length = WireWriter.BytesLength(1, owner.Length) + WireWriter.BytesLength(2, topic.Length) + WireWriter.NumberLength(3, first)
            + WireWriter.BytesLength(5, Signature.Size);
        foreach (var entry in entries)
        {
            if (entry.Data is null && entry.Address is null) throw new ArgumentException("A forgotten entry cannot be uploaded.", nameof(entries));
            length += WireWriter.MessageLength(4, SegmentEntry.LengthOf(entry));
        }

        var bytes = new byte[length];
        var writer = new WireWriter(bytes);
        writer.Text(1, owner);
        writer.Text(2, topic);
        writer.Number(3, first);
        foreach (var entry in entries)
        {
            writer.Message(4, SegmentEntry.LengthOf(entry));
            SegmentEntry.Write(ref writer, entry);
        }
        writer.Bytes(5, signature.Span);
        return bytes;
    }
}
