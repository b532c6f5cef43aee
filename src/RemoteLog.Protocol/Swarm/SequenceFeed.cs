using System.Buffers.Binary;
using System.Text;

namespace RemoteLog.Protocol.Swarm;

/// <summary>A feed whose updates are single-owner chunks at the indices 0, 1, 2… of one owner and topic.</summary>
/// <param name="Topic">Usually 32 bytes, but of any length.</param>
/// <param name="Owner">Who signs its updates.</param>
public sealed record SequenceFeed(ReadOnlyMemory<byte> Topic, EthereumAddress Owner)
{
    /// <summary>The topic that a text stands for.</summary>
    public static Digest TopicOf(string text) => Keccak256.Hash(Encoding.UTF8.GetBytes(text));

    /// <summary>The id of the single-owner chunk with the update at <paramref name="index"/>.</summary>
    public Digest IdAt(ulong index)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, index);
        return Keccak256.Hash(Topic.Span, bytes);
    }

    /// <summary>Where the update at <paramref name="index"/> is found.</summary>
    public Digest AddressAt(ulong index) => SingleOwnerChunk.AddressOf(IdAt(index), Owner);
}
