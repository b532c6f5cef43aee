using System.Buffers.Binary;
using RemoteLog.Protocol;

namespace RemoteLog.Bee.Emulator;

/// <summary>A chunk as it is stored and sent.</summary>
/// <param name="Address">Where it belongs.</param>
/// <param name="Bytes">Span and payload; of a single-owner chunk id, signature, span and payload.</param>
/// <param name="IsSingleOwner">Which of both it is.</param>
internal sealed record Chunk(Digest Address, ReadOnlyMemory<byte> Bytes, bool IsSingleOwner)
{
    public const int SpanSize = 8;
    public const int MaxPayload = 4096;

    /// <summary>The longest content chunk.</summary>
    public const int MaxContent = SpanSize + MaxPayload;

    /// <summary>Id and signature.</summary>
    public const int OwnerPrefix = Digest.Size + 65;

    /// <summary>The longest single-owner chunk.</summary>
    public const int MaxSingleOwner = OwnerPrefix + MaxContent;

    /// <summary>The content chunk: itself, or the one that its owner wrapped.</summary>
    public ReadOnlyMemory<byte> Content => IsSingleOwner ? Bytes[OwnerPrefix..] : Bytes;

    public ReadOnlyMemory<byte> Payload => Content[SpanSize..];

    /// <summary>Bytes of data under it.</summary>
    public long Span => BinaryPrimitives.ReadInt64LittleEndian(Content.Span);

    /// <summary>130 hex digits; null of a content chunk.</summary>
    public string? Signature => IsSingleOwner ? Convert.ToHexStringLower(Bytes.Span[Digest.Size..OwnerPrefix]) : null;

    /// <summary>What a batch has a slot for: a single-owner chunk takes one for each payload it is written with.</summary>
    public Digest Identity => IsSingleOwner ? Hashing.Keccak(Address.Span, Hashing.ContentAddress(Content.Span).Span) : Address;

    /// <summary>The content chunk of these bytes, whatever their span says.</summary>
    public static Chunk OfContent(ReadOnlyMemory<byte> spanAndPayload) => new(Hashing.ContentAddress(spanAndPayload.Span), spanAndPayload, IsSingleOwner: false);

    /// <summary>The single-owner chunk of these bytes, at the address that its signature gives it; null when the signature gives none.</summary>
    public static Chunk? OfSingleOwner(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length is < OwnerPrefix + SpanSize or > MaxSingleOwner) return null;
        var (id, signature, content) = (bytes[..Digest.Size], bytes[Digest.Size..OwnerPrefix], bytes[OwnerPrefix..]);
        var signed = Hashing.Keccak(id.Span, Hashing.ContentAddress(content.Span).Span);
        return Hashing.Recover(signed, signature.Span) is { } owner ? new Chunk(Hashing.Keccak(id.Span, owner), bytes, IsSingleOwner: true) : null;
    }
}
