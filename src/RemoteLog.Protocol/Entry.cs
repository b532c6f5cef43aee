namespace RemoteLog.Protocol;

/// <summary>
/// One message in a log. Its data is opaque and either embedded, or kept in the content store under <see cref="Address"/>, or forgotten:
/// then only its digest and size are left, which is all that the chain needs.
/// </summary>
public sealed class Entry
{
    private EntryHeader? parsedHeader;

    private Entry(ReadOnlyMemory<byte> header, Digest dataDigest)
    {
        Header = header;
        HeaderDigest = header.IsEmpty ? Digest.OfNothing : Digest.Of(header.Span);
        DataDigest = dataDigest;
    }

    /// <summary>The serialized <see cref="EntryHeader"/>, verbatim; empty is normal.</summary>
    public ReadOnlyMemory<byte> Header { get; }

    /// <summary>What the header says: nothing, where it cannot be read. No log has such an entry.</summary>
    public EntryHeader ParsedHeader => parsedHeader ??= EntryHeader.TryParse(Header, out var parsed) ? parsed : new();

    public Digest HeaderDigest { get; }

    /// <summary>SHA-256 of the data, wherever it is.</summary>
    public Digest DataDigest { get; }

    /// <summary>The data; null when it is not embedded.</summary>
    public ReadOnlyMemory<byte>? Data { get; private init; }

    /// <summary>Where data that is not embedded is kept; null when embedded or forgotten.</summary>
    public Cid? Address { get; private init; }

    /// <summary>Length of the data in bytes. Beside an address it is the uploader's word until the content is fetched: the chain does not cover it.</summary>
    public long Size { get; private init; }

    /// <summary>An entry that carries its data.</summary>
    public static Entry Embedded(ReadOnlyMemory<byte> data, ReadOnlyMemory<byte> header = default) =>
        new(header, Digest.Of(data.Span)) { Data = data, Size = data.Length };

    /// <summary>An entry whose data lies in the content store.</summary>
    public static Entry At(Cid address, Digest dataDigest, long size, ReadOnlyMemory<byte> header = default) =>
        new(header, dataDigest) { Address = address, Size = size };

    /// <summary>An entry whose data is gone.</summary>
    public static Entry Forgotten(Digest dataDigest, long size, ReadOnlyMemory<byte> header = default) =>
        new(header, dataDigest) { Size = size };

    /// <summary>This entry with its data taken out and kept at <paramref name="address"/>.</summary>
    public Entry MovedTo(Cid address) => At(address, DataDigest, Size, Header);

    /// <summary>The spec's local hash: <c>header.id</c>, or the data's SHA-256 where that is empty.</summary>
    public ReadOnlyMemory<byte> GetId() => ParsedHeader.Id.IsEmpty ? DataDigest.Span.ToArray() : ParsedHeader.Id;
}
