namespace RemoteLog.Protocol.Swarm;

/// <summary>A signature over 32 bytes by Ethereum's rule for personal messages: r, s and v, from which its signer's address follows.</summary>
/// <param name="Rs">r || s.</param>
/// <param name="V">27 or 28.</param>
public readonly record struct RecoverableSignature(Signature Rs, byte V)
{
    /// <summary>Length in bytes.</summary>
    public const int Size = Signature.Size + 1;

    private const byte EvenV = 27;
    private const byte OddV = 28;

    private static ReadOnlySpan<byte> Prefix => "\u0019Ethereum Signed Message:\n32"u8;

    /// <summary>What a signature of <paramref name="message"/> is over.</summary>
    public static Digest DigestOf(in Digest message) => Keccak256.Hash(Prefix, message.Span);

    /// <summary>Signs 32 bytes. The platform's nonce is random: two signatures of the same are both valid, and differ.</summary>
    /// <exception cref="ArgumentException">The key is not on secp256k1.</exception>
    public static RecoverableSignature Sign(SigningKey key, in Digest message)
    {
        ArgumentNullException.ThrowIfNull(key);
        var signer = EthereumAddress.Of(key.Owner);
        while (true)
        {
            var digest = DigestOf(message);
            var rs = key.SignDigest(digest);
            foreach (var v in (ReadOnlySpan<byte>)[EvenV, OddV])
            {
                var signature = new RecoverableSignature(rs, v);
                if (signature.FindSigner(message) == signer) return signature;
            }

            // The point's x was at or above the order, which no v tells: that happens once in 2^127 times, and another nonce helps.
        }
    }

    /// <summary>Reads the 65 bytes; null when there are not as many, or v is not 27 or 28.</summary>
    public static RecoverableSignature? Read(ReadOnlySpan<byte> bytes) =>
        bytes.Length == Size && bytes[^1] is EvenV or OddV
            ? new RecoverableSignature(new Signature(bytes[..^1]), bytes[^1]) : null;

    /// <summary>Who signed <paramref name="message"/> with this; null when it is nobody's signature.</summary>
    public EthereumAddress? FindSigner(in Digest message)
    {
        Span<byte> x = stackalloc byte[Digest.Size];
        Span<byte> y = stackalloc byte[Digest.Size];
        return V is EvenV or OddV && Secp256k1.TryRecover(DigestOf(message), Rs, V == OddV, x, y) ? EthereumAddress.OfPoint(x, y) : null;
    }

    /// <summary>Writes r || s || v.</summary>
    public void Write(Span<byte> destination)
    {
        Rs.Span.CopyTo(destination);
        destination[Signature.Size] = V;
    }

    /// <summary>r || s || v.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        Write(bytes);
        return bytes;
    }

    /// <summary>130 lower-case hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToArray());
}
