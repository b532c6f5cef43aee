using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace RemoteLog.Protocol.Swarm;

/// <summary>20 bytes that name a secp256k1 key in Ethereum and Swarm: the end of the Keccak-256 of its point.</summary>
public readonly struct EthereumAddress : IEquatable<EthereumAddress>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 20;

    private readonly Bytes bytes;

    /// <exception cref="ArgumentOutOfRangeException">Not exactly 20 bytes.</exception>
    public EthereumAddress(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Size);
        bytes.CopyTo(this.bytes);
    }

    /// <summary>The 20 bytes, in place.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> Span => bytes;

    public static bool operator ==(EthereumAddress left, EthereumAddress right) => left.Equals(right);

    public static bool operator !=(EthereumAddress left, EthereumAddress right) => !left.Equals(right);

    /// <summary>The address of a key.</summary>
    /// <exception cref="ArgumentException">The owner's key is not on secp256k1.</exception>
    public static EthereumAddress Of(Owner owner)
    {
        ArgumentNullException.ThrowIfNull(owner);
        return owner.IsSecp256k1
            ? OfPoint(owner.Point.X, owner.Point.Y)
            : throw new ArgumentException($"Only owners on secp256k1 (zQ3s…) have an Ethereum address, not {owner}.", nameof(owner));
    }

    /// <summary>Reads 40 hexadecimal digits, with or without <c>0x</c>, in any case.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out EthereumAddress address)
    {
        address = default;
        if (text is null) return false;
        var digits = text.StartsWith("0x", StringComparison.Ordinal) ? text.AsSpan(2) : text;
        Span<byte> bytes = stackalloc byte[Size];
        if (digits.Length != 2 * Size || Convert.FromHexString(digits, bytes, out _, out _) != System.Buffers.OperationStatus.Done) return false;

        address = new EthereumAddress(bytes);
        return true;
    }

    public bool Equals(EthereumAddress other) => Span.SequenceEqual(other.Span);

    public override bool Equals(object? obj) => obj is EthereumAddress other && Equals(other);

    public override int GetHashCode() => BitConverter.ToInt32(Span);

    /// <summary>40 lower-case hexadecimal digits, as Bee writes them.</summary>
    public override string ToString() => Convert.ToHexStringLower(Span);

    internal static EthereumAddress OfPoint(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) => new(Keccak256.Hash(x, y).Span[^Size..]);

    [InlineArray(Size)]
    private struct Bytes
    {
        private byte first;
    }
}
