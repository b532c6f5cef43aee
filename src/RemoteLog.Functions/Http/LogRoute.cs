using RemoteLog.Protocol;
using RemoteLog.Server;

namespace RemoteLog.Functions.Http;

/// <summary>What the routes of a log have in common: its name in the path, numbers in the query, the format of the answer.</summary>
public static class LogRoute
{
    public const string Pattern = "/api/v1/logs/{owner}/{topic}";

    /// <summary>The log named by the path; null after a problem was written.</summary>
    public static async ValueTask<OpenLog?> FindLogAsync(HttpContext context, OpenLogs logs)
    {
        var (owner, topic) = ((string)context.Request.RouteValues["owner"]!, (string)context.Request.RouteValues["topic"]!);
        if (logs.Find(owner, topic) is { } log) return log;

        await (Topic.TryParse(topic, out _) ? Problem.UnknownOwner : Problem.UnknownTopic).WriteAsync(context.Response);
        return null;
    }

    /// <summary>The format wanted; null after a problem was written.</summary>
    public static async ValueTask<Format?> FindFormatAsync(HttpContext context)
    {
        if (Formats.Wanted(context.Request) is { } format) return format;

        await Problem.NotAcceptable.WriteAsync(context.Response);
        return null;
    }

    /// <summary>A whole number of 0 or more from the query, 0 when absent; null after a problem was written.</summary>
    public static async ValueTask<long?> FindNumberAsync(HttpContext context, string name)
    {
        if (context.Request.Query[name] is not [{ } text]) text = "0";
        if (context.Request.Query[name].Count <= 1 && long.TryParse(text, System.Globalization.NumberStyles.None, null, out var number)) return number;

        await Problem.InvalidParameter.WriteAsync(context.Response, $"'{name}' is a whole number of 0 or more, given once.");
        return null;
    }

    /// <summary>Answers with a message, in the format wanted.</summary>
    public static async Task WriteAsync(HttpResponse response, Format format, MessageKind kind, ReadOnlyMemory<byte> message)
    {
        response.ContentType = format.MediaType();
        response.Headers.Vary = "Accept";
        if (format == Format.Protobuf)
        {
            response.ContentLength = message.Length;
            await response.BodyWriter.WriteAsync(message, response.HttpContext.RequestAborted);
        }
        else
        {
            await response.WriteAsync(Json.From(kind, message.Span), response.HttpContext.RequestAborted);
        }
    }
}
