using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace RemoteLog.Push.Emulators;

/// <summary>A token as received: read strictly, checked by whoever knows the key.</summary>
internal sealed record Token(JsonElement Header, JsonElement Claims, byte[] Signed, byte[] Signature)
{
    public static Token? TryParse(string text)
    {
        var parts = text.Split('.');
        if (parts.Length != 3) return null;
        try
        {
            return new Token(Json(parts[0]), Json(parts[1]), Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]));
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            return null;
        }
    }

    public string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public long? Number(string claim) => Claims.TryGetProperty(claim, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;

    private static JsonElement Json(string part) => JsonDocument.Parse(Base64Url.DecodeFromChars(part)).RootElement;
}
