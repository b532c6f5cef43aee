using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace RemoteLog.Protocol;

/// <summary>16 random bytes that a device chose for a log it follows. Two devices never share one, so that nobody learns from tags who follows the same log.</summary>
public readonly record struct HintTag
{
    public const int Size = 16;

    private readonly UInt128 value;

    /// <exception cref="ArgumentException">Not 16 bytes.</exception>
    public HintTag(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size) throw new ArgumentException($"A tag has {Size} bytes, not {bytes.Length}.", nameof(bytes));
        value = Unsafe.ReadUnaligned<UInt128>(in bytes[0]);
    }

    /// <summary>Reads 22 characters of base64url.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out HintTag tag)
    {
        Span<byte> bytes = stackalloc byte[Size];
        var read = text.Length == 22 && Base64Url.TryDecodeFromChars(text, bytes, out var length) && length == Size;
        tag = read ? new HintTag(bytes) : default;
        return read;
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <exception cref="ArgumentOutOfRangeException">Less than 16 bytes.</exception>
    public void CopyTo(Span<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes.Length, Size);
        Unsafe.WriteUnaligned(ref bytes[0], value);
    }

    /// <summary>Base64url, without padding.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Base64Url.EncodeToString(bytes);
    }
}
