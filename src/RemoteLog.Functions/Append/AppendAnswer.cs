using System.Text.Json;
using RemoteLog.Functions.Http;
using RemoteLog.Functions.Read;
using RemoteLog.Protocol;
using RemoteLog.Server.Append;
using RemoteLog.Server.Storage;

namespace RemoteLog.Functions.Append;

/// <summary>What is answered to whoever wanted a segment appended: the head with its receipt, or the problem with what helps to get over it.</summary>
internal static class AppendAnswer
{
    public static Task WriteAsync(HttpResponse response, Format format, AppendResult result) => result switch
    {
        AppendResult.Appended(var head) => AcceptAsync(response, format, head),
        AppendResult.Gap(var head) => Problem.Gap.WriteAsync(
            response, $"The head is at {head?.Head.Sequence ?? 0}.",
            json => WriteRaw(json, "head", head is null ? "null" : Json.From(MessageKind.Head, head.Bytes.Span))),
        AppendResult.Forked(var fork) => Problem.Forked.WriteAsync(response, null, json =>
        {
            WriteRaw(json, "kept", Json.From(MessageKind.Checkpoint, fork.Kept.ToArray()));
            WriteRaw(json, "refused", Json.From(MessageKind.Checkpoint, fork.Refused.ToArray()));
        }),
        AppendResult.UnknownContent(var address) => Problem.MissingContent.WriteAsync(response, $"{address} is not stored, or not with that size."),
        _ => Problem.Of(Refusal.Of(result)).WriteAsync(response),
    };

    private static Task AcceptAsync(HttpResponse response, Format format, StoredHead head)
    {
        response.Headers.ETag = HeadRoute.Tag(head, format);
        return LogRoute.WriteAsync(response, format, MessageKind.Head, head.Bytes);
    }

    private static void WriteRaw(Utf8JsonWriter json, string name, string value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value);
    }
}
