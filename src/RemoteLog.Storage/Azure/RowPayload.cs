using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Storage.Azure.Tables;

namespace RemoteLog.Storage.Azure;

/// <summary>
/// Bytes of a row: in properties <c>b0</c>, <c>b1</c>…, of which each holds 64 KiB at the most, or, where a row of 1 MiB could not hold them with
/// all else, in a blob that the row names.
/// </summary>
internal sealed class RowPayload(IContentStore blobs)
{
    private const int PropertyBytes = 64 * 1024;

    /// <summary>More than this goes into a blob.</summary>
    private const int InlineBytes = 10 * PropertyBytes;

    /// <summary>What to put into the row. The blob, if it takes one, is durable by then: a crash before the row is leaves a blob that nothing names.</summary>
    public async ValueTask<IEnumerable<Property>> StoreAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (bytes.Length > InlineBytes)
        {
            var address = blobs.AddressOf(bytes);
            await blobs.PutAsync(address, bytes, cancellationToken);
            return [Property.Of("size", bytes.Length), Property.Of("at", address.ToString())];
        }

        List<Property> properties = [Property.Of("size", bytes.Length)];
        for (var (part, at) = (0, 0); at < bytes.Length; part++, at += PropertyBytes)
        {
            properties.Add(Property.Of($"b{part}", bytes.Slice(at, Math.Min(PropertyBytes, bytes.Length - at))));
        }
        return properties;
    }

    public static int SizeOf(TableRow row) => (int)row.Number("size");

    /// <summary>Null when the blob is gone.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> FindAsync(TableRow row, CancellationToken cancellationToken)
    {
        var size = SizeOf(row);
        if (row.Has("at"))
        {
            await using var stream = await blobs.FindAsync(Cid.Parse(row.Text("at")), 0, size, cancellationToken);
            if (stream is null) return null;
            var bytes = new byte[size];
            await stream.ReadExactlyAsync(bytes, cancellationToken);
            return bytes;
        }
        if (size <= PropertyBytes) return size == 0 ? ReadOnlyMemory<byte>.Empty : row.Bytes("b0");

        var joined = new byte[size];
        for (var (part, at) = (0, 0); at < size; part++, at += PropertyBytes) row.Bytes($"b{part}").CopyTo(joined, at);
        return joined;
    }
}
