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
                // Protobuf's JSON mapping writes 64-bit numbers as text.
                Head = Member(root, "head") is { } head && long.TryParse(Text(head, "sequence"), out var sequence) ? sequence : 0,
                Number = long.TryParse(Text(root, "number"), out var number) ? number : 0,
            };
        }
        catch (JsonException)
        {
            return plain;
        }
    }

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Object ? member : null;

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String
            ? member.GetString()
            : null;
}
