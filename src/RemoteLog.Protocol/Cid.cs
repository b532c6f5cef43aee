using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using SimpleBase;

namespace RemoteLog.Protocol;

/// <summary>Which hash a content address holds, and so which store can serve it.</summary>
public enum CidKind
{
    /// <summary><c>raw</c> (0x55) and <c>sha2-256</c> (0x12): Blob storage, the embedded store, IPFS. Text starts <c>bafkrei</c>.</summary>
    Sha256,

    /// <summary><c>swarm-manifest</c> (0xfa) and <c>keccak-256</c> (0x1b), as ENS content hashes name Swarm references.</summary>
    Swarm,
}

/// <summary>A content address: CIDv1, in bytes or as lower-case base32 text.</summary>
public readonly record struct Cid(CidKind Kind, Digest Hash)
{
    // The decoder is only asked about its own letters: it indexes past its table for any other beyond ASCII.
    private static readonly SearchValues<char> Base32Letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz234567");

    private static ReadOnlySpan<byte> Sha256Prefix => [0x01, 0x55, 0x12, Digest.Size];

    private static ReadOnlySpan<byte> SwarmPrefix => [0x01, 0xfa, 0x01, 0x1b, Digest.Size];

    /// <summary>Length of the binary form in bytes.</summary>
    public int Size => Prefix.Length + Digest.Size;

    private ReadOnlySpan<byte> Prefix => Kind == CidKind.Sha256 ? Sha256Prefix : SwarmPrefix;

    /// <summary>The address of <paramref name="content"/> in a store that goes by SHA-256.</summary>
    public static Cid Of(ReadOnlySpan<byte> content) => new(CidKind.Sha256, Digest.Of(content));

    /// <summary>Reads the binary form, exactly: nothing may follow it.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out Cid cid)
    {
        cid = default;
        var swarm = bytes.StartsWith(SwarmPrefix);
        if (!swarm && !bytes.StartsWith(Sha256Prefix)) return false;

        var hash = bytes[(swarm ? SwarmPrefix : Sha256Prefix).Length..];
        if (hash.Length != Digest.Size) return false;
        cid = new Cid(swarm ? CidKind.Swarm : CidKind.Sha256, new Digest(hash));
        return true;
    }

    /// <summary>Reads the text form; only the one spelling that <see cref="ToString"/> writes is accepted.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Cid cid)
    {
        cid = default;
        if (text is not { Length: > 1 and <= 64 } || text[0] != 'b' || text.AsSpan(1).ContainsAnyExcept(Base32Letters)) return false;

        Span<byte> bytes = stackalloc byte[64];
        return Base32.FileCoin.TryDecode(text.AsSpan(1), bytes, out var length) && TryRead(bytes[..length], out cid) && cid.ToString() == text;
    }

    /// <exception cref="FormatException">Not a content address that RemoteLog knows.</exception>
    public static Cid Parse(string text) => TryParse(text, out var cid)
        ? cid
        : throw new FormatException($"'{text}' is not a content address: expected a CIDv1 in base32 (bafkrei…)");

    /// <summary>Writes the binary form and returns its length.</summary>
    public int Write(Span<byte> destination)
    {
        Prefix.CopyTo(destination);
        Hash.Span.CopyTo(destination[Prefix.Length..]);
        return Size;
    }

    /// <summary>The binary form.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        Write(bytes);
        return bytes;
    }

    public override string ToString() => 'b' + Base32.FileCoin.Encode(ToArray(), padding: false);
}
