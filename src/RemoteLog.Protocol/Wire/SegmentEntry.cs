using System.Diagnostics.CodeAnalysis;

namespace RemoteLog.Protocol.Wire;

/// <summary>The <c>Entry</c> message, as segments carry it: read first, held against the limits, and only then hashed.</summary>
internal readonly struct SegmentEntry
{
    private ReadOnlyMemory<byte> Header { get; init; }

    private ReadOnlyMemory<byte>? Data { get; init; }

    private ReadOnlyMemory<byte>? Address { get; init; }

    private ReadOnlyMemory<byte> Digest { get; init; }

    private long Size { get; init; }

    /// <summary>What it adds to the segment: content uploaded before is not counted again.</summary>
    public long Length => Header.Length + (Data?.Length ?? 0);

    public static bool TryRead(ReadOnlyMemory<byte> message, out SegmentEntry parts)
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
        parts = new SegmentEntry { Header = header ?? default, Data = data, Address = address, Digest = digest ?? default, Size = size ?? 0 };

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
