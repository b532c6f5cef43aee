using System.Diagnostics.CodeAnalysis;
using System.Text;
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

    /// <summary>Not the protobuf message, or with a field missing, doubled, unknown or of the wrong length.</summary>
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
    /// <summary>Bytes that framing can add to a segment's entries: what a body may be longer than <see cref="SegmentLimits.SegmentBytes"/>.</summary>
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
        Range? owner = null, topic = null, signature = null;
        long? first = null;
        List<Entry> entries = [];
        long total = 0;

        var reader = new WireReader(bytes.Span);
        for (var field = reader.NextField(); field != 0; field = reader.NextField())
        {
            switch (field)
            {
                case 1 when owner is null: owner = reader.Bytes(); break;
                case 2 when topic is null: topic = reader.Bytes(); break;
                case 3 when first is null: first = reader.Number(); break;
                case 5 when signature is null: signature = reader.Bytes(); break;
                case 4:
                    var message = bytes[reader.Bytes()];
                    if (reader.Failed) return SegmentFault.Malformed;
                    if (entries.Count == limits.Entries) return SegmentFault.TooManyEntries;
                    if (!EntryParts.TryRead(message, out var parts)) return SegmentFault.Malformed;
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
        if (first > long.MaxValue - limits.Entries) return SegmentFault.Malformed;
        if (!TryText(bytes, owner, out var ownerText) || !TryText(bytes, topic, out var topicText)) return SegmentFault.Malformed;
        if (signature is null || bytes[signature.Value].Length != Signature.Size) return SegmentFault.Malformed;

        segment = new Segment(ownerText, topicText, first.Value, [.. entries], new Signature(bytes[signature.Value].Span));
        return SegmentFault.None;
    }

    /// <summary>The serialized form of a segment, ready to upload. <paramref name="signature"/> is over the checkpoint after the last entry.</summary>
    public static byte[] Write(LogName log, long first, IReadOnlyList<Entry> entries, in Signature signature)
    {
        var (owner, topic) = (log.Owner.Name, log.Topic.Value);
        var length = WireWriter.BytesLength(1, owner.Length) + WireWriter.BytesLength(2, topic.Length) + WireWriter.NumberLength(3, first)
            + WireWriter.BytesLength(5, Signature.Size);
        foreach (var entry in entries) length += WireWriter.MessageLength(4, EntryParts.LengthOf(entry));

        var bytes = new byte[length];
        var writer = new WireWriter(bytes);
        writer.Text(1, owner);
        writer.Text(2, topic);
        writer.Number(3, first);
        foreach (var entry in entries)
        {
            writer.Message(4, EntryParts.LengthOf(entry));
            EntryParts.Write(ref writer, entry);
        }
        writer.Bytes(5, signature.Span);
        return bytes;
    }

    private static bool TryText(ReadOnlyMemory<byte> bytes, Range? range, [NotNullWhen(true)] out string? text)
    {
        text = range is { } present && bytes[present].Length <= RemoteLog.Protocol.Topic.MaxLength ? Encoding.ASCII.GetString(bytes[present].Span) : null;
        return text is not null;
    }

    /// <summary>The fields of the <c>Entry</c> message.</summary>
    private readonly struct EntryParts
    {
        private ReadOnlyMemory<byte> Header { get; init; }

        private ReadOnlyMemory<byte>? Data { get; init; }

        private ReadOnlyMemory<byte>? Address { get; init; }

        private ReadOnlyMemory<byte> Digest { get; init; }

        private long Size { get; init; }

        /// <summary>What it adds to the segment: content uploaded before is not counted again.</summary>
        public long Length => Header.Length + (Data?.Length ?? 0);

        public static bool TryRead(ReadOnlyMemory<byte> message, out EntryParts parts)
        {
            ReadOnlyMemory<byte>? header = null, data = null, address = null, digest = null;
            long? size = null;
            var reader = new WireReader(message.Span);
            for (var field = reader.NextField(); field != 0; field = reader.NextField())
            {
                switch (field)
                {
                    case 1 when header is null: header = message[reader.Bytes()]; break;
                    case 2 when data is null: data = message[reader.Bytes()]; break;
                    case 3 when address is null: address = message[reader.Bytes()]; break;
                    case 4 when digest is null: digest = message[reader.Bytes()]; break;
                    case 5 when size is null: size = reader.Number(); break;
                    default: reader.Fail(); break;
                }
            }
            parts = new EntryParts { Header = header ?? default, Data = data, Address = address, Digest = digest ?? default, Size = size ?? 0 };

            // Data and an address exclude each other, and an address comes with the digest that the chain is to take.
            var consistent = address is null ? digest is null && size is null : data is null && digest is { Length: Protocol.Digest.Size };
            return !reader.Failed && consistent;
        }

        public bool TryBuild([NotNullWhen(true)] out Entry? entry)
        {
            entry = null;
            if (!EntryHeader.TryParse(Header, out _)) return false;
            if (Address is null)
            {
                entry = Entry.Embedded(Data ?? default, Header);
                return true;
            }

            // A SHA-256 address is the digest; one of another hash vouches for its content in its own store.
            var digest = new Digest(Digest.Span);
            if (!Cid.TryRead(Address.Value.Span, out var address) || (address.Kind == CidKind.Sha256 && address.Hash != digest)) return false;
            entry = Entry.At(address, digest, Size, Header);
            return true;
        }

        public static int LengthOf(Entry entry) => WireWriter.BytesLength(1, entry.Header.Length) + (entry.Address is { } address
            ? WireWriter.BytesLength(3, address.Size) + WireWriter.BytesLength(4, Protocol.Digest.Size) + WireWriter.NumberLength(5, entry.Size)
            : WireWriter.BytesLength(2, entry.Data.GetValueOrDefault().Length));

        public static void Write(ref WireWriter writer, Entry entry)
        {
            writer.Bytes(1, entry.Header.Span);
            if (entry.Address is { } address)
            {
                writer.Bytes(3, address.ToArray());
                writer.Bytes(4, entry.DataDigest.Span);
                writer.Number(5, entry.Size);
            }
            else
            {
                writer.Bytes(2, entry.Data.GetValueOrDefault().Span);
            }
        }
    }
}
