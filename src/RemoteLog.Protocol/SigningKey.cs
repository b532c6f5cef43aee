using System.Security.Cryptography;

namespace RemoteLog.Protocol;

/// <summary>A key pair held in this process: P-256, unless a PEM brings one on secp256k1.</summary>
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

    public static SigningKey Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

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

    /// <summary>PKCS#8 in PEM: whoever has it can write the owner's logs.</summary>
    public string ToPem() => key.ExportPkcs8PrivateKeyPem();

    /// <summary>The public half as an uncompressed point, 65 bytes: so web push names an application server.</summary>
    public byte[] ExportPublicKey()
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return [4, .. point.X!, .. point.Y!];
    }

    public Signature Sign(ReadOnlySpan<byte> text)
    {
        Span<byte> signature = stackalloc byte[Signature.Size];
        lock (gate) key.TrySignData(text, signature, HashAlgorithmName.SHA256, out _);
        return new Signature(signature);
    }

    public void Dispose() => key.Dispose();
}
