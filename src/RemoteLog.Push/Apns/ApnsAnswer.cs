using System.Text.Json;
using RemoteLog.Push.Hosts;
using RemoteLog.Push.Http;

namespace RemoteLog.Push.Apns;

/// <summary>What Apple means by its answers, and what to do before anybody hears of it.</summary>
/// <param name="Answer">What it means.</param>
/// <param name="Step">What to do first.</param>
internal readonly record struct ApnsAnswer(Answer Answer, ApnsStep Step = ApnsStep.Done)
{
    public static ApnsAnswer Of(Reply reply, TimeSpan retry)
    {
        if (reply.Code == 200) return new(new Answer(Verdict.Accepted));
        using var json = reply.FindJson();
        var reason = ReasonOf(json);
        var told = reason.Length > 0 ? $"{reply.Code} {reason}" : $"answered {reply.Code}";
        return (reply.Code, reason) switch
        {
            (400, "BadDeviceToken") => new(new Answer(Verdict.Gone, told), ApnsStep.OtherEnvironment),
            (400, "DeviceTokenNotForTopic" or "TopicDisallowed") => new(new Answer(Verdict.Refused, told)),
            (400, "IdleTimeout") => new(new Answer(Verdict.Retry, told), ApnsStep.Reconnect),
            (403, "ExpiredProviderToken") => new(new Answer(Verdict.CredentialFault, told), ApnsStep.RenewToken),
            (403, _) => new(new Answer(Verdict.CredentialFault, told)),
            (410, _) => new(new Answer(Verdict.Gone, told, Since: SinceOf(json))),
            (429, "TooManyProviderTokenUpdates") => new(new Answer(Verdict.Retry, told), ApnsStep.KeepToken),
            (429, _) => new(new Answer(Verdict.TooMany, told)),

            // One of Apple's machines goes; the next is there at once. Any other fault of theirs is to be given time.
            (503, "Shutdown") => new(new Answer(Verdict.Failed, told, reply.RetryAfter), ApnsStep.ReplaceConnection),
            ( >= 500, _) => new(new Answer(Verdict.Failed, told, reply.RetryAfter ?? retry), ApnsStep.ReplaceConnection),
            _ => new(new Answer(Verdict.OurBug, told)),
        };
    }

    /// <summary>A code of Apple's, or nothing.</summary>
    private static string ReasonOf(JsonDocument? json) =>
        json is not null && json.RootElement.TryGetProperty("reason"u8, out var reason) && reason.ValueKind == JsonValueKind.String
        && reason.GetString() is { Length: > 0 and <= 60 } text && text.All(char.IsAsciiLetter) ? text : string.Empty;

    private static DateTimeOffset? SinceOf(JsonDocument? json) =>
        json is not null && json.RootElement.TryGetProperty("timestamp"u8, out var since) && since.ValueKind == JsonValueKind.Number && since.TryGetInt64(out var milliseconds)
        && milliseconds is > 0 and < 253_402_300_800_000 ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;
}

/// <summary>What an answer asks for before it stands.</summary>
internal enum ApnsStep
{
    Done,

    /// <summary>The token may belong to the other environment.</summary>
    OtherEnvironment,

    /// <summary>A connection that saw an expired token does not recover: another one, a new token, and once more.</summary>
    RenewToken,
    KeepToken,

    /// <summary>Another connection, and once more.</summary>
    Reconnect,

    /// <summary>Another connection for the next.</summary>
    ReplaceConnection,
}
