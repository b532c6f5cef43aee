using System.Text.Json;
using System.Text.Json.Serialization;
using RemoteLog.Protocol;
using RemoteLog.Server.Wake;

namespace RemoteLog.Storage;

/// <summary>How records of devices were written at first. They are read until they are next changed.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Metadata,
    Converters = [typeof(MovedTagConverter)])]
[JsonSerializable(typeof(DeviceState))]
[JsonSerializable(typeof(Registration))]
internal sealed partial class DeviceJson : JsonSerializerContext;

/// <summary>A tag and a sequence as two items of a list.</summary>
internal sealed class MovedTagConverter : JsonConverter<MovedTag>
{
    public override MovedTag Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray || !reader.Read() || !HintTag.TryParse(reader.GetString(), out var tag) || !reader.Read()) throw new JsonException();
        var sequence = reader.GetInt64();
        return reader.Read() && reader.TokenType == JsonTokenType.EndArray ? new MovedTag(tag, sequence) : throw new JsonException();
    }

    public override void Write(Utf8JsonWriter writer, MovedTag value, JsonSerializerOptions options) => throw new NotSupportedException();
}
