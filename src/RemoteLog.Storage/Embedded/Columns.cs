using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using RemoteLog.Protocol;

namespace RemoteLog.Storage.Embedded;

/// <summary>Between columns and our values.</summary>
internal static class Columns
{
    /// <summary>What rows of one log are found by.</summary>
    public static byte[] Key(this LogName log) => log.Id.Span.ToArray();

    /// <summary>The array behind these bytes, or a copy where they are only a part of one: the library takes nothing but whole arrays.</summary>
    public static byte[] AsArray(this ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out var part) && part is { Offset: 0, Array: { } array } && part.Count == array.Length ? array : bytes.ToArray();

    public static byte[] Bytes(this SqliteDataReader row, int column) => row.GetFieldValue<byte[]>(column);

    public static Cid Address(this SqliteDataReader row, int column) => Cid.TryRead(row.Bytes(column), out var address)
        ? address
        : throw new InvalidDataException("A stored content address is damaged.");
}
