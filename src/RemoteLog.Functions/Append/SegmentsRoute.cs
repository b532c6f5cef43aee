using System.Diagnostics;
using System.Text;
using System.Text.Json;
using RemoteLog.Functions.Http;
using RemoteLog.Functions.Read;
using RemoteLog.Protocol;
using RemoteLog.Server;
using RemoteLog.Server.Append;
using RemoteLog.Server.Storage;

namespace RemoteLog.Functions.Append;

/// <summary>POST …/segments: append a signed segment.</summary>
public sealed class SegmentsRoute(OpenLogs logs, Appender appender, LimitOptions limits)
{
    private readonly SegmentLimits segmentLimits = limits.ForSegments();

    public async Task PostAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (await LogRoute.FindLogAsync(context, logs) is not { } log) return;
        if (await LogRoute.FindFormatAsync(context) is not { } wanted) return;
        if (Formats.OfBody(request) is not { } sent)
        {
            await Problem.UnsupportedContentType.WriteAsync(response);
            return;
        }

        var maxBytes = MaxBytes(sent);
        using var body = await RequestBody.ReadAsync(request, maxBytes, context.RequestAborted);
        if (body is null)
        {
            await Problem.BodyTooLarge.WriteAsync(response, $"At most {maxBytes} bytes.");
            return;
        }

        var bytes = body.Bytes;
        if (sent == Format.Json)
        {
            if (!Json.TryRead(MessageKind.Segment, Encoding.UTF8.GetString(bytes.Span), out var translated))
            {
                await Problem.MalformedBody.WriteAsync(response);
                return;
            }
            bytes = translated;
        }

        var fault = Segment.TryParse(bytes, segmentLimits, out var segment);
        if (fault != SegmentFault.None) await RefuseAsync(response, fault);
        else if (!segment!.IsFor(log.Name)) await Problem.WrongLog.WriteAsync(response);
        else await AnswerAsync(response, wanted, await appender.AppendAsync(log, segment, context.RequestAborted));
    }

    private static Task AnswerAsync(HttpResponse response, Format format, AppendResult result) => result switch
    {
        AppendResult.Appended(var head) => AcceptAsync(response, format, head),
        AppendResult.BadSignature => Problem.BadSignature.WriteAsync(response),
        AppendResult.Gap(var head) => Problem.Gap.WriteAsync(
            response, $"The head is at {head?.Head.Sequence ?? 0}.", json => WriteRaw(json, "head", head is null ? "null" : Json.From(MessageKind.Head, head.Bytes.Span))),
        AppendResult.Forked(var fork) => Problem.Forked.WriteAsync(response, null, json =>
        {
            WriteRaw(json, "kept", Json.From(MessageKind.Checkpoint, fork.Kept.ToArray()));
            WriteRaw(json, "refused", Json.From(MessageKind.Checkpoint, fork.Refused.ToArray()));
        }),
        AppendResult.UnknownContent(var address) => Problem.MissingContent.WriteAsync(response, $"{address} is not stored, or not with that size."),
        AppendResult.Busy => Problem.Busy.WriteAsync(response),
        _ => throw new UnreachableException(),
    };

    private static Task AcceptAsync(HttpResponse response, Format format, StoredHead head)
    {
        response.Headers.ETag = HeadRoute.Tag(head, format);
        return LogRoute.WriteAsync(response, format, MessageKind.Head, head.Bytes);
    }

    private Task RefuseAsync(HttpResponse response, SegmentFault fault) => fault switch
    {
        SegmentFault.Malformed => Problem.MalformedBody.WriteAsync(response),
        SegmentFault.FirstIsZero => Problem.FirstIsZero.WriteAsync(response),
        SegmentFault.Empty => Problem.EmptySegment.WriteAsync(response),
        SegmentFault.EntryTooLarge => Problem.EntryTooLarge.WriteAsync(response, $"At most {limits.EntryBytes} bytes of header and data an entry."),
        SegmentFault.SegmentTooLarge => Problem.SegmentTooLarge.WriteAsync(response, $"At most {limits.SegmentBytes} bytes of headers and data."),
        SegmentFault.TooManyEntries => Problem.SegmentTooLarge.WriteAsync(response, $"At most {limits.SegmentEntries} entries."),
        _ => throw new UnreachableException(),
    };

    /// <summary>JSON carries bytes as base64, four characters for three bytes, and names where protobuf has numbers.</summary>
    private int MaxBytes(Format format)
    {
        var bytes = Segment.MaxLength(segmentLimits);
        return format == Format.Protobuf ? bytes : bytes / 3 * 4;
    }

    private static void WriteRaw(Utf8JsonWriter json, string name, string value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value);
    }
}
