using System.Text;
using RemoteLog.Functions.Http;
using RemoteLog.Protocol;
using RemoteLog.Server;
using RemoteLog.Server.Append;

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
        if (fault != SegmentFault.None) await Problem.Of(Refusal.Of(fault)).WriteAsync(response, DetailOf(fault));
        else if (!segment!.IsFor(log.Name)) await Problem.WrongLog.WriteAsync(response);
        else await AppendAnswer.WriteAsync(response, wanted, await appender.AppendAsync(log, segment, context.RequestAborted));
    }

    private string? DetailOf(SegmentFault fault) => fault switch
    {
        SegmentFault.EntryTooLarge => $"At most {limits.EntryBytes} bytes of header and data an entry.",
        SegmentFault.SegmentTooLarge => $"At most {limits.SegmentBytes} bytes of headers and data.",
        SegmentFault.TooManyEntries => $"At most {limits.SegmentEntries} entries.",
        _ => null,
    };

    /// <summary>JSON carries bytes as base64, four characters for three bytes, and names where protobuf has numbers.</summary>
    private int MaxBytes(Format format)
    {
        var bytes = Segment.MaxLength(segmentLimits);
        return format == Format.Protobuf ? bytes : bytes / 3 * 4;
    }
}
