using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace RemoteLog.Protocol;

/// <summary>What a device reads its hints with: a key pair on P-256 and a secret. It registers the public key and the secret.</summary>
public sealed class HintKey : IDisposable
{
    private const int PrivateKeySize = 32;

    private readonly ECDiffieHellman key;
    private readonly byte[] publicKey = new byte[HintCipher.PublicKeySize];
    private readonly byte[] secret;

    private HintKey(ECDiffieHellman key, byte[] secret)
    {
        this.key = key;
        this.secret = secret;
        HintCipher.ExportPublicKey(key, publicKey);
    }

    /// <summary>65 bytes: an uncompressed point.</summary>
    public ReadOnlyMemory<byte> PublicKey => publicKey;

    /// <summary>16 bytes.</summary>
    public ReadOnlyMemory<byte> Secret => secret;

    public static HintKey Create() => new(ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256), RandomNumberGenerator.GetBytes(HintCipher.SecretSize));

    /// <summary>From what <see cref="Export"/> gave: the private number, the public point, the secret.</summary>
    /// <exception cref="ArgumentException">Not such bytes, or the two keys are no pair.</exception>
    public static HintKey Import(ReadOnlySpan<byte> exported)
    {
        if (exported.Length != PrivateKeySize + HintCipher.PublicKeySize + HintCipher.SecretSize || exported[PrivateKeySize] != 4)
        {
            throw new ArgumentException("Not an exported hint key.", nameof(exported));
        }
        try
        {
            var key = ECDiffieHellman.Create(new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                D = exported[..PrivateKeySize].ToArray(),
                Q = HintCipher.PointOf(exported[PrivateKeySize..][..HintCipher.PublicKeySize]),
            });
            return new HintKey(key, exported[^HintCipher.SecretSize..].ToArray());
        }
        catch (CryptographicException exception)
        {
            throw new ArgumentException("Not an exported hint key.", nameof(exported), exception);
        }
    }

    /// <summary>Whoever has these 113 bytes reads the device's hints.</summary>
    public byte[] Export() => [.. key.ExportParameters(includePrivateParameters: true).D!, .. publicKey, .. secret];

    /// <summary>Decrypts a hint; false for whatever is none, or was meant for another key.</summary>
    public bool TryDecrypt(ReadOnlySpan<byte> body, [NotNullWhen(true)] out Hint? hint)
    {
        hint = null;
        return body.Length == HintCipher.Size && TryDecrypt(body, out byte[]? text) && HintText.TryRead(text, out hint);
    }

    /// <summary>Decrypts what any sender of Web Push encrypted to this key, in one record.</summary>
    public bool TryDecrypt(ReadOnlySpan<byte> body, [NotNullWhen(true)] out byte[]? text)
    {
        text = null;
        if (body.Length < HintCipher.Overhead || body[HintCipher.SaltSize + 4] != HintCipher.PublicKeySize) return false;
        var record = body[HintCipher.HeaderSize..];
        if (BinaryPrimitives.ReadUInt32BigEndian(body[HintCipher.SaltSize..]) < record.Length) return false;

        var senderKey = body[(HintCipher.HeaderSize - HintCipher.PublicKeySize)..HintCipher.HeaderSize];
        Span<byte> contentKey = stackalloc byte[16];
        Span<byte> nonce = stackalloc byte[12];
        var padded = new byte[record.Length - HintCipher.TagSize];
        try
        {
            using var sender = HintCipher.ImportPublicKey(senderKey);
            using var point = sender.PublicKey;
            HintCipher.DeriveKey(key.DeriveRawSecretAgreement(point), secret, publicKey, senderKey, body[..HintCipher.SaltSize], contentKey, nonce);
            using var aes = new AesGcm(contentKey, HintCipher.TagSize);
            aes.Decrypt(nonce, record[..^HintCipher.TagSize], record[^HintCipher.TagSize..], padded);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return false;
        }

        // The text, a 2 because no record follows, and as many zeros as the sender liked.
        var end = padded.AsSpan().LastIndexOfAnyExcept((byte)0);
        if (end < 0 || padded[end] != 2) return false;
        text = padded[..end];
        return true;
    }

    public void Dispose() => key.Dispose();
}
