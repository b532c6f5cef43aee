using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using RemoteLog.Protocol;
using RemoteLog.Push.Hosts;
using RemoteLog.Push.Http;
using RemoteLog.Server.Wake;

namespace RemoteLog.Push.Webhooks;

/// <summary>Standard Webhooks: the hint as it is, signed with a secret that the receiver shares.</summary>
internal sealed class WebhookSender(EndpointRules rules, GuardedHttp http, HostGates gates, Attempts attempts, TimeProvider time, TimeSpan timeout)
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    public ValueTask<PushOutcome> SendAsync(PushTarget target, PushMessage message, CancellationToken cancellationToken)
    {
        var allowed = rules.TryParse(target.Endpoint, out var url);
        var host = allowed ? url!.IsDefaultPort ? EndpointRules.HostOf(url) : $"{EndpointRules.HostOf(url)}:{url.Port}" : string.Empty;
        return attempts.RunAsync(
            Provider.Webhook, $"{attempts.Mark(host):x16}", gates.Of(host), target, timeout,
            cancellation => allowed ? PostAsync(url!, target, message, cancellation) : ValueTask.FromResult(new Answer(Verdict.Strike, "endpoint not allowed")),
            cancellationToken);
    }

    private static Answer AnswerOf(Reply reply)
    {
        var reason = $"answered {reply.Code}";
        return reply.Code switch
        {
            >= 200 and < 300 => new Answer(Verdict.Accepted),
            410 => new Answer(Verdict.Gone, reason),
            429 or 502 or 504 => new Answer(Verdict.Busy, reason, reply.RetryAfter),
            408 or >= 500 => new Answer(Verdict.Failed, reason, reply.RetryAfter),
            _ => new Answer(Verdict.Strike, reason),
        };
    }

    private static string Signature(ReadOnlyMemory<byte> secret, byte[] signed) => $"v1,{Convert.ToBase64String(HMACSHA256.HashData(secret.Span, signed))}";

    private async ValueTask<Answer> PostAsync(Uri url, PushTarget target, PushMessage message, CancellationToken cancellationToken)
    {
        if (target.Secret.Length is < 24 or > 64) return new Answer(Verdict.Strike, "no secret to sign with");
        var body = HintText.Write(message.Hint);
        var id = message.Id.ToString("N");
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.ASCII.GetBytes($"{id}.{timestamp}."), .. body];
        var signatures = Signature(target.Secret, signed);
        if (!target.OldSecret.IsEmpty) signatures += ' ' + Signature(target.OldSecret, signed);

        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = Json;
        var reply = await http.PostAsync(
            url, content, [("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signatures)], cancellationToken);
        return AnswerOf(reply);
    }
}
