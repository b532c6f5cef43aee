using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace RemoteLog.Protocol;

/// <summary>32 bytes of hash with value equality: a SHA-256, a link of the chain, a log's id.</summary>
public readonly struct Digest : IEquatable<Digest>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 32;

    /// <summary>SHA-256 of nothing: the digest of an absent header, which is the normal one.</summary>
    public static readonly Digest OfNothing = Of([]);

    private readonly Vector256<byte> bytes;

    /// <exception cref="ArgumentOutOfRangeException">Not exactly 32 bytes.</exception>
    public Digest(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Size);
        this.bytes = Vector256.Create(bytes);
    }

    /// <summary>The 32 bytes, in place.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> Span => MemoryMarshal.AsBytes(new ReadOnlySpan<Vector256<byte>>(in bytes));

    /// <summary>SHA-256 of <paramref name="data"/>.</summary>
    public static Digest Of(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(data, hash);
        return new Digest(hash);
    }

    /// <summary>Reads 64 hexadecimal digits, in any case.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Digest digest)
    {
        digest = default;
        Span<byte> bytes = stackalloc byte[Size];
        if (text.Length != 2 * Size || Convert.FromHexString(text, bytes, out _, out _) != OperationStatus.Done) return false;
        digest = new Digest(bytes);
        return true;
    }

    public static bool operator ==(Digest left, Digest right) => left.Equals(right);

    public static bool operator !=(Digest left, Digest right) => !left.Equals(right);

    public bool Equals(Digest other) => bytes == other.bytes;

    public override bool Equals(object? obj) => obj is Digest other && Equals(other);

    public override int GetHashCode() => MemoryMarshal.Read<int>(Span);

    /// <summary>Lower-case hexadecimal.</summary>
    public override string ToString() => Convert.ToHexStringLower(Span);
}
