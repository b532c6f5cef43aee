using RemoteLog.Protocol.Wire;

namespace RemoteLog.Protocol;

/// <summary>What a writer says about an entry beside its data: its own identifier, when it may be forgotten, what it answers to.</summary>
public sealed record EntryHeader
{
    /// <summary>The longest header accepted, in bytes: room for hundreds of parents.</summary>
    public const int MaxSize = 16 * 1024;

    private static readonly EntryHeader Nothing = new();

    /// <summary>The entry's identifier; empty where SHA-256(data) serves.</summary>
    public ReadOnlyMemory<byte> Id { get; init; }

    /// <summary>From when on the data may be deleted, to the millisecond; null: never. The chain stays checkable.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Identifiers of the messages this one follows, in any log.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Parents { get; init; } = [];

    /// <summary>Reads a serialized header. Fields it does not know are passed over: a newer writer may say more.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, out EntryHeader header)
    {
        header = Nothing;
        if (bytes.IsEmpty) return true;
        if (bytes.Length > MaxSize) return false;

        ReadOnlyMemory<byte> id = default;
        var expiresAt = 0L;
        List<ReadOnlyMemory<byte>> parents = [];
        var reader = new WireReader(bytes.Span);
        for (var field = reader.NextField(); field != 0; field = reader.NextField())
        {
            switch (field)
            {
                case 1: id = bytes[reader.Bytes()]; break;
                case 2: expiresAt = reader.Number(); break;
                case 3: parents.Add(bytes[reader.Bytes()]); break;
                default: reader.Skip(); break;
            }
        }
        if (reader.Failed || expiresAt > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()) return false;

        header = new EntryHeader
        {
            Id = id,
            ExpiresAt = expiresAt == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(expiresAt),
            Parents = parents,
        };
        return true;
    }

    /// <summary>The serialized form; empty for a header that says nothing.</summary>
    public byte[] ToArray()
    {
        // 0 says never on the wire, so a time that early is written as the first one after it: both are long past.
        var expiresAt = ExpiresAt is { } time ? Math.Max(1, time.ToUnixTimeMilliseconds()) : 0;
        var length = WireWriter.BytesLength(1, Id.Length) + WireWriter.NumberLength(2, expiresAt);
        foreach (var parent in Parents) length += WireWriter.MessageLength(3, parent.Length);

        var bytes = new byte[length];
        var writer = new WireWriter(bytes);
        writer.Bytes(1, Id.Span);
        writer.Number(2, expiresAt);
        foreach (var parent in Parents)
        {
            writer.Message(3, parent.Length);
            writer.Raw(parent.Span);
        }
        return bytes;
    }
}
