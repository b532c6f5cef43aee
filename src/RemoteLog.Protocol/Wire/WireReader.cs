using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace RemoteLog.Protocol.Wire;

/// <summary>
/// Walks the fields of one protobuf message in place: payloads stay where they arrived. Stricter than protobuf asks, so that a message has few
/// spellings: no groups, no overlong numbers. Every length is held against what is really there before anything is taken.
/// A fault ends the walk: <see cref="NextField"/> then answers 0 and <see cref="Failed"/> tells a fault from the end.
/// </summary>
internal ref struct WireReader(ReadOnlySpan<byte> message)
{
    private const int Varint = 0, Fixed64 = 1, Delimited = 2, Fixed32 = 5;

    private readonly ReadOnlySpan<byte> message = message;
    private int position;
    private int wireType;

    public bool Failed { get; private set; }

    /// <summary>Reads the next tag; 0 at the end.</summary>
    public int NextField()
    {
        if (Failed || position == message.Length) return 0;
        var tag = ReadVarint();
        wireType = (int)(tag & 7);
        if (tag >> 3 is 0 or >= 1 << 29) Failed = true;
        return Failed ? 0 : (int)(tag >> 3);
    }

    /// <summary>A length-delimited value, as its place in the message.</summary>
    public Range Bytes()
    {
        var length = wireType == Delimited ? ReadVarint() : ulong.MaxValue;
        var start = position;
        Advance(length);
        return start..position;
    }

    /// <summary>A number that fits a signed 64-bit one; sequences, sizes and times never need more.</summary>
    public long Number()
    {
        var value = wireType == Varint ? ReadVarint() : ulong.MaxValue;
        if (value > long.MaxValue) Failed = true;
        return (long)value;
    }

    /// <summary>Text of ASCII only: other bytes would be read as '?', and two spellings become one.</summary>
    public static bool TryAscii(ReadOnlyMemory<byte>? value, int maxLength, [NotNullWhen(true)] out string? text)
    {
        text = value is { } bytes && bytes.Length <= maxLength && Ascii.IsValid(bytes.Span) ? Encoding.ASCII.GetString(bytes.Span) : null;
        return text is not null;
    }

    /// <summary>Passes over a field this version does not know.</summary>
    public void Skip()
    {
        switch (wireType)
        {
            case Varint: ReadVarint(); break;
            case Fixed64: Advance(sizeof(ulong)); break;
            case Delimited: Bytes(); break;
            case Fixed32: Advance(sizeof(uint)); break;
            default: Failed = true; break;
        }
    }

    /// <summary>Ends the walk over something that is well formed but not acceptable.</summary>
    public void Fail() => Failed = true;

    private void Advance(ulong count)
    {
        if (Failed || count > (ulong)(message.Length - position)) Failed = true;
        else position += (int)count;
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64 && position < message.Length; shift += 7)
        {
            var next = message[position++];
            // The tenth byte has room for one bit; a last byte of 0 is an overlong spelling.
            if ((shift == 63 && next > 1) || (next == 0 && shift > 0)) break;
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return value;
        }
        Failed = true;
        return 0;
    }
}
