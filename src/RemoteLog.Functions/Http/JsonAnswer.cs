using System.Text.Json;

namespace RemoteLog.Functions.Http;

/// <summary>Answers that are no message of the protocol: what only operators are told, and problems.</summary>
internal static class JsonAnswer
{
    /// <summary>Answers with one JSON object.</summary>
    public static async Task WriteJsonAsync(this HttpResponse response, Action<Utf8JsonWriter> members, string contentType = Formats.Json)
    {
        response.ContentType = contentType;
        using (var json = new Utf8JsonWriter(response.BodyWriter))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        await response.BodyWriter.FlushAsync(response.HttpContext.RequestAborted);
    }
}
