using System.Buffers.Binary;
using System.Security.Cryptography;

namespace RemoteLog.Protocol.Mvds;

/// <summary>A message of 2/MVDS: what the sync layer of a device puts into an entry.</summary>
/// <param name="GroupId">32 bytes.</param>
/// <param name="Timestamp">Unix time, in the unit the application uses.</param>
/// <param name="Body">Opaque.</param>
public sealed record MvdsMessage(ReadOnlyMemory<byte> GroupId, long Timestamp, ReadOnlyMemory<byte> Body)
{
    /// <summary>Length of a group id in bytes; the identifier is only defined for this one.</summary>
    public const int GroupIdSize = 32;

    /// <summary>Identifiers of the messages this one follows.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Parents { get; init; } = [];

    /// <summary>Whether it may be dropped rather than kept in sync.</summary>
    public bool Ephemeral { get; init; }

    /// <summary>SHA-256("MESSAGE_ID" || group id || timestamp as uint64 little-endian || body).</summary>
    /// <exception cref="InvalidOperationException">The group id is not 32 bytes.</exception>
    public Digest GetId()
    {
        if (GroupId.Length != GroupIdSize) throw new InvalidOperationException($"A group id is {GroupIdSize} bytes, not {GroupId.Length}.");

        Span<byte> timestamp = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteInt64LittleEndian(timestamp, Timestamp);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("MESSAGE_ID"u8);
        hash.AppendData(GroupId.Span);
        hash.AppendData(timestamp);
        hash.AppendData(Body.Span);
        Span<byte> id = stackalloc byte[Digest.Size];
        hash.GetHashAndReset(id);
        return new Digest(id);
    }
}
