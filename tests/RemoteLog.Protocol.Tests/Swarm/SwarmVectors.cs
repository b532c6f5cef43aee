using System.Security.Cryptography;
using System.Text.Json;

namespace RemoteLog.Protocol.Tests.Swarm;

/// <summary>The vectors that Swarm's official client made, with the bytes that they name by a generator.</summary>
internal static class SwarmVectors
{
    private static readonly Lazy<byte[]> Stream = new(() => Generate(4 * 1024 * 1024));

    public static JsonElement File { get; } = JsonDocument.Parse(System.IO.File.ReadAllText(Path.Combine(VectorFile.Folder, "swarm.json"))).RootElement;

    public static IEnumerable<JsonElement> All(string section) => File.GetProperty(section).EnumerateArray();

    /// <summary>A row for each vector of a section, shown by one of its members.</summary>
    public static IEnumerable<TheoryDataRow<string>> Rows(string section, string label) => All(section).Select(vector =>
        new TheoryDataRow<string>(vector.GetRawText()) { Label = vector.TryGetProperty(label, out var value) ? value.ToString() : null });

    public static JsonElement Parse(string vector) => JsonDocument.Parse(vector).RootElement;

    /// <summary>The first so many bytes of the generator.</summary>
    public static byte[] Bytes(int length) => Stream.Value[..length];

    public static byte[] Hex(this JsonElement vector, string name) => Convert.FromHexString(vector.GetProperty(name).GetString()!);

    public static Digest Digest(this JsonElement vector, string name) => new(vector.Hex(name));

    public static int Number(this JsonElement vector, string name) => vector.GetProperty(name).GetInt32();

    /// <summary>The payload of a single-owner chunk, which is listed or generated.</summary>
    public static byte[] Payload(this JsonElement vector) =>
        vector.TryGetProperty("payload_hex", out _) ? vector.Hex("payload_hex") : Bytes(vector.Number("payload_generator_length"));

    public static SigningKey Key(this JsonElement vector)
    {
        using var key = ECDsa.Create(new ECParameters { Curve = ECCurve.CreateFromFriendlyName("secp256k1"), D = vector.Hex("private_key") });
        return SigningKey.FromPem(key.ExportPkcs8PrivateKeyPem());
    }

    private static byte[] Generate(int length)
    {
        var bytes = new byte[length];
        var state = (uint)File.GetProperty("generator").GetProperty("seed").GetInt32();
        for (var i = 0; i < length; i++)
        {
            state = unchecked(state * 1664525 + 1013904223);
            bytes[i] = (byte)(state >> 24);
        }
        return bytes;
    }
}
