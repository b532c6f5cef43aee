using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;

namespace RemoteLog.Protocol;

/// <summary>An elliptic curve that owners may use: how a <c>did:key</c> marks it, and what it takes to find a point from its x alone.</summary>
internal sealed class Curve
{
    /// <summary>Bytes of a compressed point: its sign, then x.</summary>
    public const int PointSize = 33;

    /// <summary>secp256r1. Multicodec <c>p256-pub</c> (0x1200), as a varint.</summary>
    public static readonly Curve P256 = new(
        multicodec: [0x80, 0x24],
        oid: "1.2.840.10045.3.1.7",
        names: ["nistP256", "ECDSA_P256", "prime256v1"],
        prime: "0ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        a: -3,
        b: "05ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b");

    /// <summary>Ethereum's and Swarm's curve. Multicodec <c>secp256k1-pub</c> (0xe7), as a varint. Not every platform can check its signatures.</summary>
    public static readonly Curve Secp256k1 = new(
        multicodec: [0xe7, 0x01],
        oid: "1.3.132.0.10",
        names: ["secp256k1", "secP256k1"],
        prime: "0fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f",
        a: 0,
        b: "07");

    private static readonly Curve[] All = [P256, Secp256k1];

    private readonly string[] names;
    private readonly BigInteger prime;
    private readonly BigInteger a;
    private readonly BigInteger b;

    private Curve(byte[] multicodec, string oid, string[] names, string prime, int a, string b)
    {
        Multicodec = multicodec;
        Parameters = ECCurve.CreateFromValue(oid);
        this.names = names;
        this.prime = BigInteger.Parse(prime, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        this.a = a;
        this.b = BigInteger.Parse(b, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    public byte[] Multicodec { get; }

    public ECCurve Parameters { get; }

    /// <summary>The curve that a multicodec-prefixed compressed key names.</summary>
    public static bool TryFind(ReadOnlySpan<byte> prefixed, [NotNullWhen(true)] out Curve? curve)
    {
        curve = null;
        foreach (var known in All)
        {
            if (prefixed.Length == known.Multicodec.Length + PointSize && prefixed.StartsWith(known.Multicodec)) curve = known;
        }
        return curve is not null;
    }

    /// <summary>The curve of a platform's key; platforms give its OID, a friendly name, or both.</summary>
    public static Curve? Find(ECCurve parameters) =>
        parameters.IsNamed ? Array.Find(All, known => parameters.Oid.Value == known.Parameters.Oid.Value || known.names.Contains(parameters.Oid.FriendlyName)) : null;

    /// <summary>The full point behind a compressed one; false when no point of the curve has that x.</summary>
    public bool TryDecompress(ReadOnlySpan<byte> point, out ECPoint full)
    {
        full = default;
        if (point.Length != PointSize || point[0] is not (2 or 3)) return false;

        var x = new BigInteger(point[1..], isUnsigned: true, isBigEndian: true);
        if (x >= prime) return false;

        // Both primes are 3 modulo 4, where a square root is one power.
        var square = (BigInteger.ModPow(x, 3, prime) + a * x + b) % prime;
        if (square.Sign < 0) square += prime;
        var y = BigInteger.ModPow(square, (prime + 1) / 4, prime);
        if (y * y % prime != square) return false;
        if (y.IsEven != (point[0] == 2)) y = prime - y;

        full = new ECPoint { X = point[1..].ToArray(), Y = new byte[PointSize - 1] };
        return y.TryWriteBytes(full.Y.AsSpan(full.Y.Length - y.GetByteCount(isUnsigned: true)), out _, isUnsigned: true, isBigEndian: true);
    }
}
