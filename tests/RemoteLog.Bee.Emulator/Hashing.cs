using System.Buffers.Binary;
using System.Security.Cryptography;
using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;

namespace RemoteLog.Bee.Emulator;

/// <summary>
/// What the emulator takes from RemoteLog's own hashing, which independent vectors and bee-js hold to account; trees, single-owner chunks and feeds it
/// puts together by itself.
/// </summary>
internal static class Hashing
{
    public static Digest Keccak(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second) => Keccak256.Hash(first, second);

    /// <summary>The address of span and payload.</summary>
    public static Digest ContentAddress(ReadOnlySpan<byte> spanAndPayload) =>
        Protocol.Swarm.Chunk.AddressOf(BinaryPrimitives.ReadUInt64LittleEndian(spanAndPayload), spanAndPayload[Chunk.SpanSize..]);

    /// <summary>The 20 bytes of whoever signed <paramref name="digest"/> as an Ethereum message; null when the signature is none.</summary>
    public static byte[]? Recover(Digest digest, ReadOnlySpan<byte> signature) => RecoverableSignature.Read(signature)?.FindSigner(digest)?.Span.ToArray();

    /// <summary>A key as a node has one.</summary>
    public static SigningKey NewKey()
    {
        using var key = ECDsa.Create(ECCurve.CreateFromValue("1.3.132.0.10"));
        return SigningKey.FromPem(key.ExportPkcs8PrivateKeyPem());
    }
}
