using System.Text.Json;
using RemoteLog.Push.Hosts;
using RemoteLog.Push.Http;

namespace RemoteLog.Push.WebPush;

/// <summary>What web push services mean by their answers.</summary>
internal static class WebPushAnswer
{
    public static Answer Of(Reply reply)
    {
        var reason = $"answered {reply.Code}";
        if (reply.IsSuccess) return new Answer(Verdict.Accepted);

        // Mozilla's number is more exact than its status.
        return ErrorNumber(reply) switch
        {
            102 or 103 or 106 => new Answer(Verdict.Gone, reason),
            104 => new Answer(Verdict.OurBug, reason),
            109 => new Answer(Verdict.Refused, reason),
            201 => new Answer(Verdict.Busy, reason, reply.RetryAfter),
            202 => new Answer(Verdict.Failed, reason, reply.RetryAfter ?? TimeSpan.Zero),
            _ => OfStatus(reply, reason),
        };
    }

    private static Answer OfStatus(Reply reply, string reason) => reply.Code switch
    {
        >= 300 and < 400 => new Answer(Verdict.Strike, reason),

        // Google's word for a subscription that was made with another key.
        400 when reply.Body.Span.IndexOf("UnauthorizedRegistration"u8) >= 0 => new Answer(Verdict.Strike, reason),
        401 or 403 => new Answer(Verdict.Refused, reason),
        404 or 410 => new Answer(Verdict.Gone, reason),
        406 or 429 => new Answer(Verdict.Busy, reason, reply.RetryAfter),
        408 => new Answer(Verdict.Failed, reason, reply.RetryAfter),
        507 => new Answer(Verdict.Unheard, reason),
        >= 500 => new Answer(Verdict.Failed, reason, reply.RetryAfter),
        _ => new Answer(Verdict.OurBug, reason),
    };

    private static int? ErrorNumber(Reply reply)
    {
        using var json = reply.FindJson();
        return json is not null && json.RootElement.TryGetProperty("errno"u8, out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out var value)
            ? value : null;
    }
}
