using Microsoft.Net.Http.Headers;

namespace RemoteLog.Functions.Http;

/// <summary>The two ways in which messages travel.</summary>
public enum Format
{
    Protobuf,
    Json,
}

/// <summary>Which of them a request brings and wants.</summary>
public static class Formats
{
    public const string Protobuf = "application/x-protobuf";
    public const string Json = "application/json";

    public static string MediaType(this Format format) => format == Format.Protobuf ? Protobuf : Json;

    /// <summary>The format of the body; null when it is neither.</summary>
    public static Format? OfBody(HttpRequest request)
    {
        if (request.ContentType == Protobuf) return Format.Protobuf;
        return MediaTypeHeaderValue.TryParse(request.ContentType, out var type) ? Known(type) : null;
    }

    /// <summary>The format to answer in; null when neither is acceptable. Whoever does not care gets what they sent, and people get JSON.</summary>
    public static Format? Wanted(HttpRequest request)
    {
        var accept = request.Headers.Accept;
        if (accept.Count == 1 && accept[0] == Protobuf) return Format.Protobuf;
        if (accept.Count == 0) return OfBody(request) ?? Format.Json;
        if (!MediaTypeHeaderValue.TryParseList(accept, out var wanted)) return null;

        foreach (var type in wanted.Where(type => type.Quality is not 0).OrderByDescending(type => type.Quality ?? 1))
        {
            if (type.MatchesAllTypes || (type.MatchesAllSubTypes && type.Type == "application")) return OfBody(request) ?? Format.Json;
            if (Known(type) is { } format) return format;
        }
        return null;
    }

    private static Format? Known(MediaTypeHeaderValue type) =>
        type.MediaType.Equals(Protobuf, StringComparison.OrdinalIgnoreCase) ? Format.Protobuf
        : type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase) ? Format.Json
        : null;
}
