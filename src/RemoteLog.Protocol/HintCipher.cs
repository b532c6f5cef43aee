using System.Buffers.Binary;
using System.Security.Cryptography;

namespace RemoteLog.Protocol;

/// <summary>
/// Web Push's encryption (RFC 8291, in RFC 8188's <c>aes128gcm</c>): only the device reads a hint, whoever carries it. One record, so the body is the salt, the
/// record size, the sender's key of this one message, and the sealed text.
/// </summary>
public static class HintCipher
{
    /// <summary>An uncompressed point of P-256.</summary>
    public const int PublicKeySize = 65;

    /// <summary>What a device tells besides its key, so that the key alone lets nobody send to it.</summary>
    public const int SecretSize = 16;

    /// <summary>Bytes of an encrypted hint: always the same.</summary>
    public const int Size = HintText.Size + Overhead;

    internal const int SaltSize = 16;
    internal const int TagSize = 16;

    /// <summary>Salt, record size, key length, key.</summary>
    internal const int HeaderSize = SaltSize + 4 + 1 + PublicKeySize;

    /// <summary>What encryption adds: header, the byte that ends the text, seal.</summary>
    internal const int Overhead = HeaderSize + 1 + TagSize;

    private const int RecordSize = 4096;

    /// <summary>Whether hints can be encrypted to it: a point of the curve, uncompressed, and not the one at infinity.</summary>
    public static bool IsPublicKey(ReadOnlySpan<byte> publicKey)
    {
        try
        {
            ImportPublicKey(publicKey).Dispose();
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Encrypts a hint with a key and a salt of its own.</summary>
    /// <exception cref="ArgumentException">Not a public key, not a secret, or a hint that has no text.</exception>
    public static byte[] Encrypt(Hint hint, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> secret)
    {
        Span<byte> text = stackalloc byte[HintText.Size];
        HintText.WritePadded(hint, text);
        Span<byte> salt = stackalloc byte[SaltSize];
        RandomNumberGenerator.Fill(salt);
        using var sender = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        return Encrypt(text, publicKey, secret, sender, salt);
    }

    /// <summary>The same with the sender's key and the salt given. Two messages must never share both.</summary>
    /// <param name="text">At most 3993 bytes, as a push service takes no more than 4096.</param>
    /// <param name="publicKey">The device's.</param>
    /// <param name="secret">The device's.</param>
    /// <param name="sender">A private key on P-256.</param>
    /// <param name="salt">16 bytes.</param>
    /// <exception cref="ArgumentException">One of them is not as described.</exception>
    public static byte[] Encrypt(ReadOnlySpan<byte> text, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> secret, ECDiffieHellman sender, ReadOnlySpan<byte> salt)
    {
        if (text.Length > RecordSize - Overhead) throw new ArgumentException($"At most {RecordSize - Overhead} bytes can be encrypted.", nameof(text));
        if (salt.Length != SaltSize) throw new ArgumentException($"A salt has {SaltSize} bytes.", nameof(salt));
        if (secret.Length != SecretSize) throw new ArgumentException($"A secret has {SecretSize} bytes.", nameof(secret));

        var body = new byte[Overhead + text.Length];
        salt.CopyTo(body);
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(SaltSize), RecordSize);
        body[SaltSize + 4] = PublicKeySize;
        var senderKey = body.AsSpan(HeaderSize - PublicKeySize, PublicKeySize);
        ExportPublicKey(sender, senderKey);

        Span<byte> key = stackalloc byte[16];
        Span<byte> nonce = stackalloc byte[12];
        using (var receiver = ImportPublicKey(publicKey))
        using (var receiverKey = receiver.PublicKey)
        {
            DeriveKey(sender.DeriveRawSecretAgreement(receiverKey), secret, publicKey, senderKey, salt, key, nonce);
        }

        // RFC 8188 §2: the last record's text ends in a 2.
        var record = body.AsSpan(HeaderSize, text.Length + 1);
        text.CopyTo(record);
        record[^1] = 2;
        using var aes = new AesGcm(key, TagSize);
        aes.Encrypt(nonce, record, record, body.AsSpan(body.Length - TagSize));
        return body;
    }

    /// <summary>RFC 8291 §3.4, then RFC 8188 §2.2 and §2.3.</summary>
    internal static void DeriveKey(
        byte[] agreed, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> receiver, ReadOnlySpan<byte> sender, ReadOnlySpan<byte> salt, Span<byte> key, Span<byte> nonce)
    {
        Span<byte> info = stackalloc byte[14 + 2 * PublicKeySize];
        "WebPush: info\0"u8.CopyTo(info);
        receiver.CopyTo(info[14..]);
        sender.CopyTo(info[(14 + PublicKeySize)..]);

        Span<byte> material = stackalloc byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, agreed, material, secret, info);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, material, key, salt, "Content-Encoding: aes128gcm\0"u8);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, material, nonce, salt, "Content-Encoding: nonce\0"u8);
        CryptographicOperations.ZeroMemory(agreed);
        CryptographicOperations.ZeroMemory(material);
    }

    /// <exception cref="ArgumentException">Not a point of P-256.</exception>
    internal static ECDiffieHellman ImportPublicKey(ReadOnlySpan<byte> publicKey)
    {
        if (publicKey.Length != PublicKeySize || publicKey[0] != 4) throw new ArgumentException("Not an uncompressed point of P-256.", nameof(publicKey));
        try
        {
            return ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = PointOf(publicKey) });
        }
        catch (CryptographicException exception)
        {
            throw new ArgumentException("Not a point of P-256.", nameof(publicKey), exception);
        }
    }

    internal static ECPoint PointOf(ReadOnlySpan<byte> publicKey) => new() { X = publicKey[1..33].ToArray(), Y = publicKey[33..].ToArray() };

    /// <exception cref="ArgumentException">A key on another curve.</exception>
    internal static void ExportPublicKey(ECDiffieHellman key, Span<byte> publicKey)
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        if (point is not { X.Length: 32, Y.Length: 32 }) throw new ArgumentException("Not a key on P-256.", nameof(key));
        publicKey[0] = 4;
        point.X.CopyTo(publicKey[1..]);
        point.Y.CopyTo(publicKey[33..]);
    }
}
