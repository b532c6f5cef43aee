using System.Text.Json;
using System.Text.Json.Serialization;

namespace RemoteLog.Protocol.Tests;

/// <summary>The golden data in tests/vectors, read as data: nothing here computes what it is compared with.</summary>
internal static class VectorFile
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.AllowReadingFromString,
        Converters = { new HexConverter(), new JsonStringEnumConverter() },
    };

    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "vectors");

    public static T Read<T>(string name) => JsonSerializer.Deserialize<T>(File.ReadAllText(Path.Combine(Folder, name + ".json")), Options)!;

    /// <summary>A row for each vector, shown under its own name.</summary>
    public static IEnumerable<TheoryDataRow<T>> Rows<T>(IEnumerable<T> vectors, Func<T, string> name) =>
        vectors.Select(vector => new TheoryDataRow<T>(vector) { Label = name(vector) });

    private sealed class HexConverter : JsonConverter<byte[]>
    {
        public override byte[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Convert.FromHexString(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, byte[] value, JsonSerializerOptions options) => throw new NotSupportedException("Vectors are never rewritten.");
    }
}

/// <summary>Bytes to be refused, and why.</summary>
public sealed record BadBytes(string? Name, string? Reason, byte[]? Bytes, byte[]? Serialized, SegmentFault Fault)
{
    public string Because => Name ?? Reason!;
}

/// <summary>An entry as vectors list it: data, or address, digest and size, or digest and size alone.</summary>
public sealed record EntryVector(byte[] Header, byte[]? Id, byte[]? Data, byte[]? Address, byte[]? Digest, long Size)
{
    public Entry ToEntry()
    {
        if (Data is not null) return Entry.Embedded(Data, Header);
        if (Address is null) return Entry.Forgotten(new Digest(Digest), Size, Header);

        Assert.True(Cid.TryRead(Address, out var address));
        return Entry.At(address, new Digest(Digest), Size, Header);
    }
}
