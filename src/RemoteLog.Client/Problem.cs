using System.Net;
using System.Text.Json;

namespace RemoteLog.Client;

/// <summary>An answer that says no: RFC 9457 problem details, or whatever a proxy on the way has put in their place.</summary>
internal sealed record Problem(HttpStatusCode Status, string? Name, string Title, string? Detail)
{
    public const string UnknownLog = "unknown-log", UnknownContent = "unknown-content", InvalidAddress = "invalid-address", Gap = "gap", Fork = "fork",
        StaleNumber = "stale-number", UnknownDevice = "unknown-device";

    private const string Prefix = "urn:remotelog:problem:";

    /// <summary>Where the log stands, when the problem is a gap; 0 for an empty log.</summary>
    public long Head { get; private init; }

    /// <summary>Which kind of content address the server wants, when the problem is that it was another.</summary>
    public string? Kind { get; private init; }

    /// <summary>Of the device's newest statement, when the problem is a stale one.</summary>
    public long Number { get; private init; }

    public static async ValueTask<Problem> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var plain = new Problem(response.StatusCode, null, $"{(int)response.StatusCode} {response.ReasonPhrase}", null);
        if (response.Content.Headers.ContentType?.MediaType != "application/problem+json") return plain;
        try
        {
            using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
            var root = document.RootElement;
            return plain with
            {
                Name = Text(root, "type") is { } type && type.StartsWith(Prefix, StringComparison.Ordinal) ? type[Prefix.Length..] : null,
                Title = Text(root, "title") ?? plain.Title,
                Detail = Text(root, "detail"),
                Kind = Text(root, "kind"),
                Head = Number64(Member(root, "head"), "sequence"),
                Number = Number64(root, "number"),
            };
        }
        catch (JsonException)
        {
            return plain;
        }
    }

    /// <summary>Undefined where there is none.</summary>
    private static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : default;

    private static string? Text(JsonElement element, string name) => Member(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>Protobuf's JSON mapping writes 64-bit numbers as text.</summary>
    private static long Number64(JsonElement element, string name) => long.TryParse(Text(element, name), out var number) ? number : 0;
}
