using System.Security.Cryptography;
using RemoteLog.Protocol.Swarm;

namespace RemoteLog.Protocol;

/// <summary>A key pair held in this process, on P-256 or on secp256k1.</summary>
public sealed class SigningKey : IDisposable
{
    private readonly ECDsa key;
    private readonly Lock gate = new();

    private SigningKey(ECDsa key)
    {
        this.key = key;
        Owner = Owner.Of(key);
    }

    /// <summary>The public half, which names the logs it writes.</summary>
    public Owner Owner { get; }

    /// <summary>A new key.</summary>
    /// <exception cref="PlatformNotSupportedException">The platform does not know the curve; every one knows P-256.</exception>
    public static SigningKey Create(KeyCurve curve = KeyCurve.P256) =>
        new(ECDsa.Create((curve == KeyCurve.P256 ? Curve.P256 : Curve.Secp256k1).Parameters));

    /// <exception cref="ArgumentException">Not a PEM of a private key on P-256 or secp256k1.</exception>
    public static SigningKey FromPem(string pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);

            // A public key imports as well; only signing tells.
            key.SignHash(new byte[Digest.Size]);
            return new SigningKey(key);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new ArgumentException("Not a private key on P-256 or secp256k1.", nameof(pem), exception);
        }
    }

    /// <exception cref="ArgumentException">Not a PEM of a private key on <paramref name="curve"/>.</exception>
    public static SigningKey FromPem(string pem, KeyCurve curve)
    {
        var key = FromPem(pem);
        if (key.Owner.IsSecp256k1 == (curve == KeyCurve.Secp256k1)) return key;
        key.Dispose();
        throw new ArgumentException($"Not a private key on {(curve == KeyCurve.P256 ? "P-256" : "secp256k1")}.", nameof(pem));
    }

    /// <summary>PKCS#8 in PEM: whoever has it can write the owner's logs.</summary>
    public string ToPem() => key.ExportPkcs8PrivateKeyPem();

    /// <summary>The public half as an uncompressed point, 65 bytes: so web push names an application server.</summary>
    public byte[] ExportPublicKey()
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return [4, .. point.X!, .. point.Y!];
    }

    public Signature Sign(ReadOnlySpan<byte> text) => SignDigest(Digest.Of(text));

    /// <summary>Signs a digest as it is. On secp256k1 with the lower s of the two: libraries of that curve refuse the other.</summary>
    internal Signature SignDigest(in Digest digest)
    {
        Span<byte> bytes = stackalloc byte[Signature.Size];
        lock (gate) key.TrySignHash(digest.Span, bytes, DSASignatureFormat.IeeeP1363FixedFieldConcatenation, out _);
        var signature = new Signature(bytes);
        return Owner.IsSecp256k1 ? Secp256k1.WithLowS(signature) : signature;
    }

    public void Dispose() => key.Dispose();
}
