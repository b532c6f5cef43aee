using System.Text.Json;
using RemoteLog.Push.Hosts;
using RemoteLog.Push.Http;

namespace RemoteLog.Push.Fcm;

/// <summary>What Firebase means by its answers. The code is in the detail that is FCM's own, or else in the status.</summary>
internal static class FcmAnswer
{
    private const string FcmError = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
    private const string BadRequest = "type.googleapis.com/google.rpc.BadRequest";

    private static readonly TimeSpan MinDelay = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromHours(1);
    private static readonly TimeSpan QuotaPause = TimeSpan.FromSeconds(60);

    public static Answer Of(Reply reply)
    {
        if (reply.IsSuccess) return new Answer(Verdict.Accepted);
        using var json = reply.FindJson();
        var error = Error.Of(json);
        var reason = error.Code.Length > 0 ? $"{reply.Code} {error.Code}" : $"answered {reply.Code}";
        return (reply.Code, error.Code) switch
        {
            (400, "INVALID_ARGUMENT") when error is { IsFcm: true, NamesFields: false } => new Answer(Verdict.Gone, reason),
            (401, _) => new Answer(Verdict.CredentialFault, reason),
            (403, _) => new Answer(Verdict.Foreign, reason),
            (404, "UNREGISTERED") => new Answer(Verdict.Gone, reason),

            // A wrong project or address, which is ours to mend.
            (404, _) => new Answer(Verdict.CredentialFault, reason),
            (429, _) => new Answer(Verdict.Busy, reason, Clamp(reply.RetryAfter) ?? QuotaPause),
            ( >= 500, _) => new Answer(Verdict.Failed, reason, Clamp(reply.RetryAfter)),

            // Whatever does not explain itself is a fault of something on the way.
            _ when error.Code.Length == 0 => new Answer(Verdict.Failed, reason, Clamp(reply.RetryAfter)),
            _ => new Answer(Verdict.OurBug, reason),
        };
    }

    /// <summary>Whether a new access token may help: the other 401 is about Apple's key, which is missing in the project.</summary>
    public static bool IsStaleToken(Reply reply)
    {
        using var json = reply.FindJson();
        return reply.Code == 401 && Error.Of(json).Code != "THIRD_PARTY_AUTH_ERROR";
    }

    private static TimeSpan? Clamp(TimeSpan? delay) => delay < MinDelay ? MinDelay : delay > MaxDelay ? MaxDelay : delay;

    private readonly record struct Error(string Code, bool IsFcm, bool NamesFields)
    {
        public static Error Of(JsonDocument? json)
        {
            if (json is null || !json.RootElement.TryGetProperty("error"u8, out var error) || error.ValueKind != JsonValueKind.Object) return new Error(string.Empty, false, false);
            var code = Text(error, "status"u8);
            var (isFcm, namesFields) = (false, false);
            if (error.TryGetProperty("details"u8, out var details) && details.ValueKind == JsonValueKind.Array)
            {
                foreach (var detail in details.EnumerateArray())
                {
                    if (detail.ValueKind != JsonValueKind.Object) continue;
                    var type = Text(detail, "@type"u8, 100);
                    namesFields |= type == BadRequest && !IsAboutToken(detail);
                    if (type != FcmError || Text(detail, "errorCode"u8) is not { Length: > 0 } own) continue;
                    (code, isFcm) = (own, true);
                }
            }
            return new Error(IsCode(code) ? code : string.Empty, isFcm, namesFields);
        }

        /// <summary>A malformed token is told both ways, and is no fault of the message's.</summary>
        private static bool IsAboutToken(JsonElement badRequest) =>
            badRequest.TryGetProperty("fieldViolations"u8, out var violations) && violations.ValueKind == JsonValueKind.Array && violations.GetArrayLength() > 0
            && violations.EnumerateArray().All(violation => violation.ValueKind == JsonValueKind.Object && Text(violation, "field"u8) is "message.token" or "message.fid");

        private static bool IsCode(string text) => text.All(character => char.IsAsciiLetterUpper(character) || character == '_');

        private static string Text(JsonElement element, ReadOnlySpan<byte> name, int max = 60) =>
            element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { } text && text.Length <= max ? text : string.Empty;
    }
}
