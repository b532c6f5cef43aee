using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using RemoteLog.Protocol;

namespace RemoteLog.Server.Wake;

/// <summary>
/// Keeps where hints go, and the secrets that go with it, unreadable to whoever gets hold of the stored rows: AES-256-GCM, bound to the device.
/// A sealed target names its key, so that an old and a new one may be valid side by side: the first seals, all open.
/// </summary>
public sealed class TargetSeal(IReadOnlyList<byte[]> keys, RandomNumberGenerator random)
{
    /// <summary>Bytes of a key.</summary>
    public const int KeySize = 32;

    private const int KeyIdSize = 4, NonceSize = 12, TagSize = 16;

    private readonly (byte[] Id, byte[] Key)[] keys = [.. keys.Select(key => (SHA256.HashData(key)[..KeyIdSize], key))];

    /// <summary>Those that open.</summary>
    public int KeyCount => keys.Length;

    /// <summary>Whether it opens what it seals.</summary>
    public bool Check()
    {
        var target = new SealedTarget("https://push.example/", string.Empty, [], [], string.Empty);
        return TryOpen(default, Seal(default, target), out var opened) && opened.LeadsTo(target);
    }

    internal byte[] Seal(Digest device, SealedTarget target)
    {
        var (id, key) = keys[0];
        var plain = JsonSerializer.SerializeToUtf8Bytes(target, SealedTargetJson.Default.SealedTarget);
        var bytes = new byte[KeyIdSize + NonceSize + plain.Length + TagSize];
        var nonce = bytes.AsSpan(KeyIdSize, NonceSize);
        id.CopyTo(bytes, 0);
        random.GetBytes(nonce);
        using var cipher = new AesGcm(key, TagSize);
        cipher.Encrypt(nonce, plain, bytes.AsSpan(KeyIdSize + NonceSize, plain.Length), bytes.AsSpan(bytes.Length - TagSize), device.Span);
        return bytes;
    }

    /// <summary>False when its key is not there any more, or it is another device's, or damaged.</summary>
    internal bool TryOpen(Digest device, ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out SealedTarget? target)
    {
        target = null;
        if (bytes.Length < KeyIdSize + NonceSize + TagSize) return false;
        var plain = new byte[bytes.Length - KeyIdSize - NonceSize - TagSize];
        foreach (var (id, key) in keys)
        {
            if (!bytes.StartsWith(id)) continue;
            using var cipher = new AesGcm(key, TagSize);
            try
            {
                cipher.Decrypt(bytes.Slice(KeyIdSize, NonceSize), bytes[(KeyIdSize + NonceSize)..^TagSize], bytes[^TagSize..], plain, device.Span);
                target = JsonSerializer.Deserialize(plain, SealedTargetJson.Default.SealedTarget);
                return target is not null;
            }
            catch (AuthenticationTagMismatchException)
            {
                // Four bytes of name are enough to tell keys apart, not to be sure of it.
            }
        }
        return false;
    }
}

/// <summary>What is sealed.</summary>
/// <param name="Token">What the device returns to confirm it.</param>
internal sealed record SealedTarget(string Endpoint, string App, byte[] PublicKey, byte[] Secret, string Token)
{
    public PushTarget For(PushChannel channel) => new(channel, Endpoint, App, PublicKey, Secret);

    public bool LeadsTo(SealedTarget other) =>
        Endpoint == other.Endpoint && App == other.App && PublicKey.AsSpan().SequenceEqual(other.PublicKey) && Secret.AsSpan().SequenceEqual(other.Secret);
}

[JsonSerializable(typeof(SealedTarget))]
internal sealed partial class SealedTargetJson : JsonSerializerContext;
