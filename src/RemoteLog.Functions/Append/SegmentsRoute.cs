using RemoteLog.Functions.Http;
using RemoteLog.Protocol;
using RemoteLog.Server;
using RemoteLog.Server.Append;

namespace RemoteLog.Functions.Append;

/// <summary>POST …/segments: append a signed segment.</summary>
public sealed class SegmentsRoute(OpenLogs logs, Appender appender, LimitOptions limits)
{
    private readonly SegmentLimits segmentLimits = limits.ForSegments();
    private readonly int maxBytes = Segment.MaxLength(limits.ForSegments());

    public async Task PostAsync(HttpContext context)
    {
        var response = context.Response;
        if (await LogRoute.FindLogAsync(context, logs) is not { } log) return;
        if (await LogRoute.FindFormatAsync(context) is not { } wanted) return;
        using var body = await RequestBody.ReadMessageAsync(context, MessageKind.Segment, maxBytes, maxBytes / 3 * 4);
        if (body is null) return;

        var fault = Segment.TryParse(body.Bytes, segmentLimits, out var segment);
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
}
