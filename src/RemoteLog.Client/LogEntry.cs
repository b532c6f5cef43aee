using RemoteLog.Protocol;

namespace RemoteLog.Client;

/// <summary>
/// One verified entry. Its memory belongs to the message that it came in, which lives as long as any of its entries: copy what is kept for long.
/// </summary>
public readonly record struct LogEntry
{
    private readonly Entry entry;

    internal LogEntry(long sequence, Entry entry, ReadOnlyMemory<byte>? data, bool isForgotten)
    {
        this.entry = entry;
        Sequence = sequence;
        Data = data;
        IsForgotten = isForgotten;
    }

    public long Sequence { get; }

    /// <summary>What the owner wrote; null when it is forgotten, or larger than <see cref="LogReaderOptions.MaxContentBytes"/>.</summary>
    public ReadOnlyMemory<byte>? Data { get; }

    /// <summary>Whether the data expired or was erased, or is withheld. That the owner wrote data with this <see cref="Digest"/> is certain still.</summary>
    public bool IsForgotten { get; }

    /// <summary>SHA-256 of the data.</summary>
    public Digest Digest => entry.DataDigest;

    /// <summary>Length of the data in bytes. Where there is none, it is the uploader's word.</summary>
    public long Size => entry.Size;

    /// <summary>Where data that is kept on its own lies.</summary>
    public Cid? Address => entry.Address;

    /// <summary>What identifies the entry: its header's id, or its digest where that is empty.</summary>
    public ReadOnlyMemory<byte> Id => entry.GetId();

    /// <summary>What the owner said about the entry.</summary>
    public EntryHeader Header => entry.ParsedHeader;
}
