using System.Text.Encodings.Web;
using System.Text.Json;

namespace RemoteLog.Cli;

/// <summary>One JSON object on a line of its own.</summary>
internal static class JsonLine
{
    // Not for a web page: text stays readable.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(Stream output, Action<Utf8JsonWriter> members)
    {
        using (var writer = new Utf8JsonWriter(output, Options))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }
        output.WriteByte((byte)'\n');
    }

    /// <summary>A member that is an array of objects.</summary>
    public static void WriteObjects<T>(this Utf8JsonWriter writer, string name, IEnumerable<T> items, Action<T> members)
    {
        writer.WriteStartArray(name);
        foreach (var item in items)
        {
            writer.WriteStartObject();
            members(item);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}
