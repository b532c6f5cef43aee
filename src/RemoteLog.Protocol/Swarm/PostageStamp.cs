using System.Buffers.Binary;

namespace RemoteLog.Protocol.Swarm;

/// <summary>Proof that a batch pays for a chunk.</summary>
/// <param name="Batch">The batch's id.</param>
/// <param name="Bucket">Which bucket of the batch: the first 16 bits of the chunk's address.</param>
/// <param name="Slot">Which place in the bucket.</param>
/// <param name="Time">When it was issued, in nanoseconds since 1970.</param>
/// <param name="Signature">By the batch's owner.</param>
public sealed record PostageStamp(Digest Batch, uint Bucket, uint Slot, ulong Time, RecoverableSignature Signature)
{
    /// <summary>Length in bytes; its header holds it in hexadecimal.</summary>
    public const int Size = SignedSize + RecoverableSignature.Size;

    private const int SignedSize = Digest.Size + 2 * sizeof(uint) + sizeof(ulong);

    /// <summary>Issues a stamp for the chunk at <paramref name="address"/>.</summary>
    /// <exception cref="ArgumentException">The key is not on secp256k1.</exception>
    public static PostageStamp Issue(SigningKey key, in Digest address, in Digest batch, uint slot, ulong time)
    {
        var unsigned = new PostageStamp(batch, BucketOf(address), slot, time, default);
        return unsigned with { Signature = RecoverableSignature.Sign(key, unsigned.SignedText(address)) };
    }

    /// <summary>The bucket that a chunk takes a place in.</summary>
    public static uint BucketOf(in Digest address) => BinaryPrimitives.ReadUInt16BigEndian(address.Span);

    /// <summary>Reads the 113 bytes; null when they are not a stamp. Who signed it is for the caller to check.</summary>
    public static PostageStamp? Read(ReadOnlySpan<byte> bytes) =>
        bytes.Length == Size && RecoverableSignature.Read(bytes[SignedSize..]) is { } signature
            ? new PostageStamp(
                new Digest(bytes[..Digest.Size]),
                BinaryPrimitives.ReadUInt32BigEndian(bytes[32..]),
                BinaryPrimitives.ReadUInt32BigEndian(bytes[36..]),
                BinaryPrimitives.ReadUInt64BigEndian(bytes[40..]),
                signature)
            : null;

    /// <summary>Who issued this stamp for the chunk at <paramref name="address"/>; null when nobody did.</summary>
    public EthereumAddress? FindIssuer(in Digest address) => Signature.FindSigner(SignedText(address));

    /// <summary>The 113 bytes.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        WriteSigned(bytes);
        Signature.Write(bytes.AsSpan(SignedSize));
        return bytes;
    }

    /// <summary>226 lower-case hexadecimal digits, as the header <c>swarm-postage-stamp</c> holds them.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToArray());

    private Digest SignedText(in Digest address)
    {
        Span<byte> signed = stackalloc byte[SignedSize];
        WriteSigned(signed);
        return Keccak256.Hash(address.Span, signed);
    }

    private void WriteSigned(Span<byte> destination)
    {
        Batch.Span.CopyTo(destination);
        BinaryPrimitives.WriteUInt32BigEndian(destination[32..], Bucket);
        BinaryPrimitives.WriteUInt32BigEndian(destination[36..], Slot);
        BinaryPrimitives.WriteUInt64BigEndian(destination[40..], Time);
    }
}
