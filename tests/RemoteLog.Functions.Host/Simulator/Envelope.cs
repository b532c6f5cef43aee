using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace RemoteLog.Functions.Host.Simulator;

/// <summary>The JSON in which a queue or timer trigger arrives (contract 3.1 to 3.3; 7.15), oddities included.</summary>
internal static class Envelope
{
    private static readonly JsonSerializerOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string OfMessage(QueueFunction function, QueueMessage message, ReadOnlySpan<byte> content, DateTimeOffset now)
    {
        var metadata = new JsonObject
        {
            ["DequeueCount"] = message.DequeueCount.ToString(CultureInfo.InvariantCulture),
            ["ExpirationTime"] = Seconds(message.ExpiresAt),
            ["Id"] = AsText(message.Id),
            ["InsertionTime"] = Seconds(message.InsertedAt),
            ["NextVisibleTime"] = Seconds(message.VisibleAt),
            ["PopReceipt"] = AsText(message.PopReceipt),
            ["sys"] = Sys(function, now),
        };
        if (function.IsBinary) return Write(function.Binding, Convert.ToBase64String(content), metadata);

        var text = Encoding.UTF8.GetString(content);
        Leak(text, metadata);
        return Write(function.Binding, AsText(text), metadata);
    }

    /// <param name="last">Null before the first run.</param>
    public static string OfTimer(TimerFunction function, DateTimeOffset? last, DateTimeOffset next, bool isPastDue, DateTimeOffset now)
    {
        var timer = new JsonObject
        {
            ["Schedule"] = new JsonObject { ["AdjustForDST"] = true },
            ["ScheduleStatus"] = new JsonObject
            {
                ["Last"] = Precise(last ?? default),
                ["Next"] = Precise(next),
                ["LastUpdated"] = Precise(last ?? default),
            },
            ["IsPastDue"] = isPastDue,
        };
        return Write(function.Binding, timer, new JsonObject { ["sys"] = Sys(function, now) });
    }

    private static string Write(string binding, JsonNode value, JsonObject metadata) =>
        new JsonObject { ["Data"] = new JsonObject { [binding] = value }, ["Metadata"] = metadata }.ToJsonString(Unescaped);

    /// <summary>Strings, like numbers and arrays, come as a string that holds their JSON.</summary>
    private static string AsText(string value) => JsonSerializer.Serialize(value, Unescaped);

    /// <summary>The properties of a message that is a JSON object replace metadata of the same name, in whatever letter case.</summary>
    private static void Leak(string text, JsonObject metadata)
    {
        if (!text.StartsWith('{') || !text.EndsWith('}')) return;
        foreach (var (name, value) in JsonNode.Parse(text)!.AsObject())
        {
            if (value is JsonArray) continue;
            foreach (var same in metadata.Select(known => known.Key).Where(known => known.Equals(name, StringComparison.OrdinalIgnoreCase)).ToList())
            {
                metadata.Remove(same);
            }
            metadata[name] = value is JsonObject ? value.DeepClone() : value?.ToJsonString(Unescaped);
        }
    }

    private static JsonObject Sys(Function function, DateTimeOffset now) => new()
    {
        ["MethodName"] = function.Name,
        ["UtcNow"] = now.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        ["RandGuid"] = Guid.NewGuid().ToString(),
    };

    private static string Seconds(DateTimeOffset time) => time.ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture);

    private static string Precise(DateTimeOffset time) => time.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture);
}
