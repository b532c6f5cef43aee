using System.Diagnostics.CodeAnalysis;

namespace RemoteLog.Protocol.Wire;

/// <summary>The spec's <c>Pair</c>: an entry as pages carry it.</summary>
internal static class Pair
{
    private const int RemoteHash = 1, LocalHash = 2, Data = 3, Header = 1001, Digest = 1002, Size = 1003;

    public static bool TryRead(ReadOnlyMemory<byte> message, [NotNullWhen(true)] out Entry? entry)
    {
        entry = null;
        ReadOnlyMemory<byte>? remoteHash = null, localHash = null, data = null, header = null, digest = null;
        long? size = null;
        var reader = new WireReader(message.Span);
        for (var field = reader.NextField(); field != 0; field = reader.NextField())
        {
            switch (field)
            {
                case RemoteHash when remoteHash is null: remoteHash = message[reader.Bytes()]; break;
                case LocalHash when localHash is null: localHash = message[reader.Bytes()]; break;
                case Data when data is null: data = message[reader.Bytes()]; break;
                case Header when header is null: header = message[reader.Bytes()]; break;
                case Digest when digest is null: digest = message[reader.Bytes()]; break;
                case Size when size is null: size = reader.Number(); break;
                case > Size: reader.Skip(); break;
                default: reader.Fail(); break;
            }
        }
        if (reader.Failed || !EntryHeader.TryParse(header ?? default, out var parsedHeader)) return false;

        if (digest is null)
        {
            if (remoteHash is not null || size is not null) return false;
            entry = Entry.Embedded(data ?? default, header ?? default);
        }
        else
        {
            if (data is not null || digest.Value.Length != Protocol.Digest.Size) return false;
            var dataDigest = new Digest(digest.Value.Span);
            if (remoteHash is null) entry = Entry.Forgotten(dataDigest, size ?? 0, header ?? default);
            else if (!Cid.TryRead(remoteHash.Value.Span, out var address) || (address.Kind == CidKind.Sha256 && address.Hash != dataDigest)) return false;
            else entry = Entry.At(address, dataDigest, size ?? 0, header ?? default);
        }

        // The identifier repeats what header or data say, for readers of the plain spec: it must not say something else.
        var hash = entry.DataDigest;
        return localHash.GetValueOrDefault().Span.SequenceEqual(parsedHeader.Id.IsEmpty ? hash.Span : parsedHeader.Id.Span);
    }

    public static int LengthOf(Entry entry)
    {
        var id = entry.ParsedHeader.Id;
        var length = WireWriter.BytesLength(LocalHash, id.IsEmpty ? Protocol.Digest.Size : id.Length) + WireWriter.BytesLength(Header, entry.Header.Length);
        if (entry.Data is { } data) return length + WireWriter.BytesLength(Data, data.Length);
        return length + WireWriter.BytesLength(RemoteHash, entry.Address?.Size ?? 0)
            + WireWriter.BytesLength(Digest, Protocol.Digest.Size) + WireWriter.NumberLength(Size, entry.Size);
    }

    public static void Write(ref WireWriter writer, Entry entry)
    {
        var (id, hash) = (entry.ParsedHeader.Id, entry.DataDigest);
        if (entry.Address is { } address) writer.Bytes(RemoteHash, address.ToArray());
        writer.Bytes(LocalHash, id.IsEmpty ? hash.Span : id.Span);
        if (entry.Data is { } data) writer.Bytes(Data, data.Span);
        writer.Bytes(Header, entry.Header.Span);
        if (entry.Data is not null) return;
        writer.Bytes(Digest, hash.Span);
        writer.Number(Size, entry.Size);
    }
}
