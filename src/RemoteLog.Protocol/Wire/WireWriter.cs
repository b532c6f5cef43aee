using System.Numerics;
using System.Text;

namespace RemoteLog.Protocol.Wire;

/// <summary>Writes protobuf fields into memory of exactly the right length; proto3's default values are left out.</summary>
internal ref struct WireWriter(Span<byte> destination)
{
    private const int Delimited = 2;
    private readonly Span<byte> destination = destination;
    private int position;

    public static int VarintLength(ulong value) => (BitOperations.Log2(value | 1) / 7) + 1;

    /// <summary>Length of a length-delimited field, tag included; 0 when the value is empty and so left out.</summary>
    public static int BytesLength(int field, int length) => length == 0 ? 0 : MessageLength(field, length);

    /// <summary>Length of an embedded message, tag included: written even when empty.</summary>
    public static int MessageLength(int field, int length) => VarintLength((ulong)field << 3) + VarintLength((ulong)length) + length;

    public static int NumberLength(int field, long value) => value == 0 ? 0 : VarintLength((ulong)field << 3) + VarintLength((ulong)value);

    public void Message(int field, int length)
    {
        Varint(((ulong)field << 3) | Delimited);
        Varint((ulong)length);
    }

    public void Bytes(int field, scoped ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty) return;
        Message(field, value.Length);
        Raw(value);
    }

    public void Text(int field, string ascii)
    {
        Message(field, ascii.Length);
        position += Encoding.ASCII.GetBytes(ascii, destination[position..]);
    }

    public void Number(int field, long value)
    {
        if (value == 0) return;
        Varint((ulong)field << 3);
        Varint((ulong)value);
    }

    public void Raw(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(destination[position..]);
        position += bytes.Length;
    }

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) destination[position++] = (byte)(value | 0x80);
        destination[position++] = (byte)value;
    }
}
