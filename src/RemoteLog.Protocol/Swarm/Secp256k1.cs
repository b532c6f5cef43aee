using System.Globalization;
using System.Numerics;

namespace RemoteLog.Protocol.Swarm;

/// <summary>
/// What Ethereum asks of secp256k1 and the platform does not offer: finding the key that a signature was made with. It works on public values alone, so
/// nothing here has to take the same time for all of them; signing stays with the platform.
/// </summary>
internal static class Secp256k1
{
    private static readonly BigInteger Prime = Number("0fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f");
    private static readonly BigInteger Order = Number("0fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
    private static readonly BigInteger HalfOrder = Order >> 1;

    private static readonly Point Generator = new(
        Number("079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"),
        Number("0483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"),
        BigInteger.One);

    /// <summary>The signature with the lesser of the two values of s that verify: the one form that Ethereum takes.</summary>
    public static Signature WithLowS(in Signature signature)
    {
        var s = Read(signature.Span[Digest.Size..]);
        if (s <= HalfOrder) return signature;

        Span<byte> bytes = stackalloc byte[Signature.Size];
        signature.Span[..Digest.Size].CopyTo(bytes);
        Write(Order - s, bytes[Digest.Size..]);
        return new Signature(bytes);
    }

    /// <summary>The key whose signature over <paramref name="digest"/> this is.</summary>
    /// <param name="isOdd">Whether the y of the signature's own point is odd.</param>
    /// <param name="x">Receives 32 bytes, big-endian; so does <paramref name="y"/>.</param>
    /// <returns>False when it is nobody's.</returns>
    public static bool TryRecover(in Digest digest, in Signature signature, bool isOdd, Span<byte> x, Span<byte> y)
    {
        var r = Read(signature.Span[..Digest.Size]);
        var s = Read(signature.Span[Digest.Size..]);
        if (r.IsZero || s.IsZero || r >= Order || s >= Order) return false;

        // The signature's point: r is its x. (An x at or above the order, which r lost, would be told by a v that Ethereum does not know.)
        var square = (r * r * r + 7) % Prime;
        var root = BigInteger.ModPow(square, (Prime + 1) / 4, Prime);
        if (root * root % Prime != square) return false;
        if (root.IsEven == isOdd) root = Prime - root;

        // key = (s R - digest G) / r
        var inverse = BigInteger.ModPow(r, Order - 2, Order);
        var ofGenerator = Order - Read(digest.Span) % Order * inverse % Order;
        var ofPoint = s * inverse % Order;
        var key = MultiplyAndAdd(Generator, ofGenerator, new Point(r, root, BigInteger.One), ofPoint);
        if (key.IsInfinity) return false;

        var z = BigInteger.ModPow(key.Z, Prime - 2, Prime);
        Write(key.X * z % Prime * z % Prime, x);
        Write(key.Y * z % Prime * z % Prime * z % Prime, y);
        return true;
    }

    /// <summary>a·m + b·n, bit by bit, both at once.</summary>
    private static Point MultiplyAndAdd(Point a, BigInteger m, Point b, BigInteger n)
    {
        var both = Add(a, b);
        var sum = Point.Infinity;
        for (var bit = (int)Math.Max(m.GetBitLength(), n.GetBitLength()) - 1; bit >= 0; bit--)
        {
            sum = Double(sum);
            var (inM, inN) = (!((m >> bit) & 1).IsZero, !((n >> bit) & 1).IsZero);
            if (inM || inN) sum = Add(sum, inM && inN ? both : inM ? a : b);
        }
        return sum;
    }

    private static Point Double(Point p)
    {
        if (p.IsInfinity || p.Y.IsZero) return Point.Infinity;
        var yy = p.Y * p.Y % Prime;
        var s = 4 * p.X * yy % Prime;
        var m = 3 * p.X * p.X % Prime;
        var x = Modulo(m * m - 2 * s);
        return new Point(x, Modulo(m * (s - x) - 8 * yy * yy), 2 * p.Y * p.Z % Prime);
    }

    private static Point Add(Point p, Point q)
    {
        if (p.IsInfinity) return q;
        if (q.IsInfinity) return p;

        var (pzz, qzz) = (p.Z * p.Z % Prime, q.Z * q.Z % Prime);
        var (u1, u2) = (p.X * qzz % Prime, q.X * pzz % Prime);
        var (s1, s2) = (p.Y * qzz % Prime * q.Z % Prime, q.Y * pzz % Prime * p.Z % Prime);
        if (u1 == u2) return s1 == s2 ? Double(p) : Point.Infinity;

        var (h, r) = (Modulo(u2 - u1), Modulo(s2 - s1));
        var hh = h * h % Prime;
        var hhh = hh * h % Prime;
        var v = u1 * hh % Prime;
        var x = Modulo(r * r - hhh - 2 * v);
        return new Point(x, Modulo(r * (v - x) - s1 * hhh), p.Z * q.Z % Prime * h % Prime);
    }

    private static BigInteger Modulo(BigInteger value)
    {
        var rest = value % Prime;
        return rest.Sign < 0 ? rest + Prime : rest;
    }

    private static BigInteger Number(string hex) => BigInteger.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static BigInteger Read(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static void Write(BigInteger value, Span<byte> destination)
    {
        destination[..Digest.Size].Clear();
        value.TryWriteBytes(destination[(Digest.Size - value.GetByteCount(isUnsigned: true))..], out _, isUnsigned: true, isBigEndian: true);
    }

    /// <summary>Jacobian coordinates: x/z², y/z³.</summary>
    private readonly record struct Point(BigInteger X, BigInteger Y, BigInteger Z)
    {
        public static readonly Point Infinity = new(BigInteger.One, BigInteger.One, BigInteger.Zero);

        public bool IsInfinity => Z.IsZero;
    }
}
