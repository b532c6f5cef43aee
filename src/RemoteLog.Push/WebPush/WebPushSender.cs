using System.Globalization;
using System.Net.Http.Headers;
using RemoteLog.Protocol;
using RemoteLog.Push.Hosts;
using RemoteLog.Push.Http;
using RemoteLog.Server.Wake;

namespace RemoteLog.Push.WebPush;

/// <summary>Web Push (RFC 8030), and UnifiedPush, which is the same from here but goes to any host.</summary>
internal sealed class WebPushSender(EndpointRules rules, GuardedHttp http, VapidKeys keys, HostGates gates, Attempts attempts, TimeSpan timeout)
{
    private static readonly TimeSpan MaxTimeToLive = TimeSpan.FromDays(28);
    private static readonly MediaTypeHeaderValue Bytes = new("application/octet-stream");

    public ValueTask<PushOutcome> SendAsync(PushTarget target, PushMessage message, CancellationToken cancellationToken)
    {
        var provider = target.Channel == PushChannel.WebPush ? Provider.WebPush : Provider.UnifiedPush;
        var allowed = rules.TryParse(target.Endpoint, out var url);
        var host = allowed ? url!.IsDefaultPort ? EndpointRules.HostOf(url) : $"{EndpointRules.HostOf(url)}:{url.Port}" : string.Empty;
        return attempts.RunAsync(
            provider, EndpointRules.IsKnown(host) ? host : $"{attempts.Mark(host):x16}", gates.Of(host), target, timeout,
            cancellation => allowed ? PostAsync(url!, target, message, cancellation) : ValueTask.FromResult(new Answer(Verdict.Strike, "endpoint not allowed")),
            cancellationToken);
    }

    private async ValueTask<Answer> PostAsync(Uri url, PushTarget target, PushMessage message, CancellationToken cancellationToken)
    {
        if (keys.FindHeader(target.App, url) is not { } authorization) return new Answer(Verdict.CredentialsMissing, "subscribed with an unknown key");
        byte[] body;
        try
        {
            body = HintCipher.Encrypt(message.Hint, target.PublicKey.Span, target.Secret.Span);
        }
        catch (ArgumentException)
        {
            return new Answer(Verdict.Strike, "no key to encrypt with");
        }

        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = Bytes;
        content.Headers.ContentEncoding.Add("aes128gcm");
        var timeToLive = TimeSpan.FromTicks(Math.Clamp(message.TimeToLive.Ticks, 0, MaxTimeToLive.Ticks));
        var reply = await http.PostAsync(
            url, content,
            [
                ("TTL", ((long)timeToLive.TotalSeconds).ToString(CultureInfo.InvariantCulture)),

                // A browser's subscription promises something visible, and web apps on iOS are reached reliably by nothing less.
                ("Urgency", target.Channel == PushChannel.WebPush ? "high" : "normal"),
                ("Topic", message.Topic),
                ("Authorization", authorization),
            ],
            cancellationToken);
        return WebPushAnswer.Of(reply);
    }
}
