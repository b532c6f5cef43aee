using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using SimpleBase;

namespace RemoteLog.Protocol;

/// <summary>
/// The key pair that writes a log, named by the multibase part of its <c>did:key</c>: <c>zDn…</c> is a compressed P-256 point, <c>zQ3s…</c> one of secp256k1.
/// Keep an instance for as long as its signatures are checked: the first check prepares the key, which costs more than a check.
/// </summary>
public sealed class Owner : IEquatable<Owner>
{
    /// <summary>The longest name accepted, in characters: refused before anything is decoded.</summary>
    public const int MaxLength = 64;

    // The decoder is only asked about its own letters: it indexes past its table for any other beyond ASCII.
    private static readonly SearchValues<char> Base58Letters = SearchValues.Create(Base58.Bitcoin.Alphabet.Value);

    private readonly ECParameters parameters;
    private readonly Lock gate = new();
    private ECDsa? key;

    private Owner(string name, ECParameters parameters)
    {
        Name = name;
        this.parameters = parameters;
    }

    /// <summary>The multibase text, without <c>did:key:</c>.</summary>
    public string Name { get; }

    /// <summary>Whether the key is on Ethereum's and Swarm's curve.</summary>
    public bool IsSecp256k1 => Curve.Find(parameters.Curve) == Curve.Secp256k1;

    internal ECPoint Point => parameters.Q;

    public static bool TryParse([NotNullWhen(true)] string? name, [NotNullWhen(true)] out Owner? owner)
    {
        owner = null;
        if (name is not { Length: > 1 and <= MaxLength } || name[0] != 'z' || name.AsSpan(1).ContainsAnyExcept(Base58Letters)) return false;

        Span<byte> prefixed = stackalloc byte[MaxLength];
        if (!Base58.Bitcoin.TryDecode(name.AsSpan(1), prefixed, out var length)) return false;
        prefixed = prefixed[..length];
        if (!Curve.TryFind(prefixed, out var curve) || !curve.TryDecompress(prefixed[curve.Multicodec.Length..], out var point)) return false;

        owner = new Owner(name, new ECParameters { Curve = curve.Parameters, Q = point });
        return true;
    }

    /// <exception cref="FormatException">Not the name of a P-256 or secp256k1 key.</exception>
    public static Owner Parse(string name) => TryParse(name, out var owner)
        ? owner
        : throw new FormatException($"'{name}' is not an owner: expected the multibase part of a did:key for P-256 (zDn…) or secp256k1 (zQ3s…)");

    /// <summary>The owner that signs with <paramref name="key"/>.</summary>
    /// <exception cref="ArgumentException">A key on another curve than P-256 and secp256k1.</exception>
    public static Owner Of(ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var parameters = key.ExportParameters(includePrivateParameters: false);
        if (Curve.Find(parameters.Curve) is not { } curve || parameters.Q is not { X: { Length: Digest.Size } x, Y: { } y })
        {
            throw new ArgumentException("Only keys on P-256 or secp256k1 can own a log.", nameof(key));
        }
        byte[] prefixed = [.. curve.Multicodec, (byte)(2 + (y[^1] & 1)), .. x];
        return new Owner('z' + Base58.Bitcoin.Encode(prefixed), parameters);
    }

    /// <summary>Whether <paramref name="signature"/> is this owner's over <paramref name="text"/> (ECDSA, SHA-256).</summary>
    public bool Verify(ReadOnlySpan<byte> text, in Signature signature)
    {
        // The platform promises no concurrent use of one key; one owner's checks rarely meet. Many owners are only ever a name.
        lock (gate) return (key ??= ECDsa.Create(parameters)).VerifyData(text, signature.Span, HashAlgorithmName.SHA256);
    }

    public bool Equals(Owner? other) => other?.Name == Name;

    public override bool Equals(object? obj) => Equals(obj as Owner);

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Name;
}
