using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RemoteLog.Protocol;

/// <summary>ECDSA with SHA-256: 64 bytes r || s, as WebCrypto and JOSE have it.</summary>
public readonly struct Signature : IEquatable<Signature>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 64;

    private readonly Vector512<byte> bytes;

    /// <exception cref="ArgumentOutOfRangeException">Not exactly 64 bytes.</exception>
    public Signature(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Size);
        this.bytes = Vector512.Create(bytes);
    }

    /// <summary>The 64 bytes, in place.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> Span => MemoryMarshal.AsBytes(new ReadOnlySpan<Vector512<byte>>(in bytes));

    public static bool operator ==(Signature left, Signature right) => left.Equals(right);

    public static bool operator !=(Signature left, Signature right) => !left.Equals(right);

    public bool Equals(Signature other) => bytes == other.bytes;

    public override bool Equals(object? obj) => obj is Signature other && Equals(other);

    public override int GetHashCode() => MemoryMarshal.Read<int>(Span);
}
