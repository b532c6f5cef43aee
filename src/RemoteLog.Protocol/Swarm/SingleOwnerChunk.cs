using System.Diagnostics.CodeAnalysis;

namespace RemoteLog.Protocol.Swarm;

/// <summary>A chunk that lies where its owner's key and an id of the owner's choice say, not its content: id, signature, and a content chunk.</summary>
/// <param name="Id">Chosen by the owner.</param>
/// <param name="Owner">Who signed.</param>
/// <param name="Signature">The owner's, over id and the address of the wrapped chunk.</param>
/// <param name="Wrapped">The content.</param>
public sealed record SingleOwnerChunk(Digest Id, EthereumAddress Owner, RecoverableSignature Signature, Chunk Wrapped)
{
    /// <summary>The shortest one in bytes: without payload.</summary>
    public const int MinSize = HeaderSize + Chunk.SpanSize;

    /// <summary>The longest one in bytes.</summary>
    public const int MaxSize = HeaderSize + Chunk.MaxSize;

    private const int HeaderSize = Digest.Size + RecoverableSignature.Size;

    /// <summary>Where it is found.</summary>
    public Digest Address => AddressOf(Id, Owner);

    /// <summary>Where a chunk of this id and owner is found.</summary>
    public static Digest AddressOf(in Digest id, in EthereumAddress owner) => Keccak256.Hash(id.Span, owner.Span);

    /// <summary>Signs a chunk. Never do so with two contents for one id: the network keeps either.</summary>
    /// <exception cref="ArgumentException">The key is not on secp256k1.</exception>
    public static SingleOwnerChunk Sign(SigningKey key, in Digest id, Chunk wrapped)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(wrapped);
        return new SingleOwnerChunk(id, EthereumAddress.Of(key.Owner), RecoverableSignature.Sign(key, SignedText(id, wrapped)), wrapped);
    }

    /// <summary>Reads the bytes found at <paramref name="address"/>. Refused unless they belong there and their owner signed them.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, in Digest address, [NotNullWhen(true)] out SingleOwnerChunk? chunk)
    {
        chunk = null;
        if (bytes.Length is < MinSize or > MaxSize || !Chunk.TryRead(bytes[HeaderSize..], out var wrapped)) return false;
        var id = new Digest(bytes.Span[..Digest.Size]);
        if (RecoverableSignature.Read(bytes.Span[Digest.Size..HeaderSize]) is not { } signature) return false;
        if (signature.FindSigner(SignedText(id, wrapped)) is not { } owner || AddressOf(id, owner) != address) return false;

        chunk = new SingleOwnerChunk(id, owner, signature, wrapped);
        return true;
    }

    /// <summary>Whether the owner signed this id and content.</summary>
    public bool IsGenuine() => Signature.FindSigner(SignedText(Id, Wrapped)) == Owner;

    /// <summary>id || signature || span || payload, as it is stored.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[HeaderSize + Chunk.SpanSize + Wrapped.Payload.Length];
        Id.Span.CopyTo(bytes);
        Signature.Write(bytes.AsSpan(Digest.Size));
        Wrapped.ToArray().CopyTo(bytes, HeaderSize);
        return bytes;
    }

    /// <summary>What the owner signs.</summary>
    private static Digest SignedText(in Digest id, Chunk wrapped) => Keccak256.Hash(id.Span, wrapped.Address.Span);
}
