using System.Text.Json;
using System.Text.Json.Serialization;
using RemoteLog.Protocol;
using RemoteLog.Server.Wake;

namespace RemoteLog.Storage;

/// <summary>A device's record as both providers store it: JSON in two parts, because what it is to be told changes often and where hints go hardly ever.</summary>
internal static class DeviceCodec
{
    /// <summary>All but the registration.</summary>
    public static byte[] WriteState(DeviceState state) =>
        JsonSerializer.SerializeToUtf8Bytes(state with { Registration = null }, DeviceJson.Default.DeviceState);

    public static byte[] WriteRegistration(Registration registration) => JsonSerializer.SerializeToUtf8Bytes(registration, DeviceJson.Default.Registration);

    /// <param name="registration">Null or empty: there is none.</param>
    /// <exception cref="InvalidDataException">A stored record is damaged.</exception>
    public static DeviceState Read(ReadOnlySpan<byte> state, ReadOnlySpan<byte> registration)
    {
        try
        {
            var read = JsonSerializer.Deserialize(state, DeviceJson.Default.DeviceState);
            return registration.IsEmpty ? read! : read! with { Registration = JsonSerializer.Deserialize(registration, DeviceJson.Default.Registration) };
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException("The stored record of a device is damaged.", exception);
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(MovedTagConverter)])]
[JsonSerializable(typeof(DeviceState))]
[JsonSerializable(typeof(Registration))]
internal sealed partial class DeviceJson : JsonSerializerContext;

/// <summary>A tag and a sequence as two items of a list: there may be hundreds.</summary>
internal sealed class MovedTagConverter : JsonConverter<MovedTag>
{
    public override MovedTag Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray || !reader.Read() || !HintTag.TryParse(reader.GetString(), out var tag) || !reader.Read()) throw new JsonException();
        var sequence = reader.GetInt64();
        return reader.Read() && reader.TokenType == JsonTokenType.EndArray ? new MovedTag(tag, sequence) : throw new JsonException();
    }

    public override void Write(Utf8JsonWriter writer, MovedTag value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        writer.WriteStringValue(value.Tag.ToString());
        writer.WriteNumberValue(value.Sequence);
        writer.WriteEndArray();
    }
}
