using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Google.Apis.Auth.OAuth2.Responses;
using RemoteLog.Protocol;
using RemoteLog.Push.Hosts;
using RemoteLog.Push.Http;
using RemoteLog.Server.Wake;

namespace RemoteLog.Push.Fcm;

/// <summary>Firebase Cloud Messaging, HTTP v1: data only, which Android hands to the app, and which Apple's devices get as a background push.</summary>
internal sealed class FcmSender : IDisposable
{
    private const string Host = "fcm.googleapis.com";
    private const string CollapseKey = "remotelog";

    /// <summary>An installation's id, as opposed to a registration token, which is far longer.</summary>
    private const int InstallationIdLength = 22;

    private static readonly TimeSpan MaxTimeToLive = TimeSpan.FromDays(28);
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly HostGates gates;
    private readonly Attempts attempts;
    private readonly TimeProvider time;
    private readonly TimeSpan timeout;
    private readonly FcmCredential credential;
    private readonly HttpMessageInvoker client;
    private readonly Uri url;
    private readonly JsonEncodedText alertText;

    /// <exception cref="ArgumentException">The credentials are not a service account's.</exception>
    public FcmSender(FcmOptions options, string alertText, HttpOptions http, PushTransport transport, HostGates gates, Attempts attempts, TimeProvider time)
    {
        (this.gates, this.attempts, this.time) = (gates, attempts, time);
        timeout = TimeSpan.FromSeconds(http.RequestSeconds);
        var connectTimeout = TimeSpan.FromSeconds(http.ConnectSeconds);
        credential = new FcmCredential(options.Credentials, connectTimeout, transport, time);
        url = new Uri($"https://{Host}/v1/projects/{Uri.EscapeDataString(credential.Project)}/messages:send");
        this.alertText = JsonEncodedText.Encode(alertText);

        // One connection carries a hundred requests at once; Google takes several.
        var handler = Connections.Handler(transport, connectTimeout);
        handler.EnableMultipleHttp2Connections = true;
        handler.PooledConnectionLifetime = TimeSpan.FromSeconds(http.ConnectionSeconds);
        client = new HttpMessageInvoker(handler);
    }

    public ValueTask<PushOutcome> SendAsync(PushTarget target, PushMessage message, CancellationToken cancellationToken) =>
        attempts.RunAsync(Provider.Fcm, Host, gates.Of(credential.Project), target, timeout, cancellation => SendOnceAsync(target, message, cancellation), cancellationToken);

    public void Dispose()
    {
        client.Dispose();
        credential.Dispose();
    }

    private async ValueTask<Answer> SendOnceAsync(PushTarget target, PushMessage message, CancellationToken cancellationToken)
    {
        if (target.App.Length > 0 && target.App != credential.Project) return new Answer(Verdict.CredentialsMissing, "another project");
        if (!EndpointRules.IsRegistrationToken(target.Endpoint)) return new Answer(Verdict.Strike, "not a registration token");
        byte[] body;
        try
        {
            body = Body(target, message);
        }
        catch (ArgumentException)
        {
            return new Answer(Verdict.Strike, "no key to encrypt with");
        }

        try
        {
            var token = await credential.GetTokenAsync(cancellationToken);
            var reply = await PostAsync(token, body, cancellationToken);
            if (FcmAnswer.IsStaleToken(reply)) reply = await PostAsync(await credential.RenewAsync(token, cancellationToken), body, cancellationToken);
            return FcmAnswer.Of(reply);
        }
        catch (TokenResponseException exception)
        {
            return exception.StatusCode is { } status && (int)status < 500
                ? new Answer(Verdict.CredentialFault, "no access token") : new Answer(Verdict.Failed, "no access token now");
        }
    }

    private async ValueTask<Reply> PostAsync(string token, byte[] body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = Json;
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await client.SendAsync(request, cancellationToken);
        return await Reply.ReadAsync(response, time, cancellationToken);
    }

    private byte[] Body(PushTarget target, PushMessage message)
    {
        var blob = Base64Url.EncodeToString(HintCipher.Encrypt(message.Hint, target.PublicKey.Span, target.Secret.Span));
        var kind = target.Endpoint.Length == InstallationIdLength ? "fid" : "token";
        var seconds = (long)Math.Clamp(message.TimeToLive.TotalSeconds, 0, MaxTimeToLive.TotalSeconds);
        var expires = seconds == 0 ? 0 : time.GetUtcNow().ToUnixTimeSeconds() + seconds;
        var isHigh = target.Channel == PushChannel.FcmHigh;
        var (priority, type, level) = isHigh ? ("HIGH", "alert", "10") : ("NORMAL", "background", "5");
        var aps = isHigh ? $$$"""{"alert":{"loc-key":"{{{alertText}}}"},"mutable-content":1}""" : """{"content-available":1}""";
        var android = string.Create(CultureInfo.InvariantCulture, $$"""{"priority":"{{priority}}","ttl":"{{seconds}}s","collapse_key":"{{CollapseKey}}"}""");
        var headers = string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"apns-push-type":"{{type}}","apns-priority":"{{level}}","apns-expiration":"{{expires}}","apns-collapse-id":"{{CollapseKey}}"}""");
        return Encoding.UTF8.GetBytes(
            $$$"""{"message":{"{{{kind}}}":"{{{target.Endpoint}}}","data":{"h":"{{{blob}}}"},"android":{{{android}}},"apns":{"headers":{{{headers}}},"payload":{"aps":{{{aps}}} } } } }""");
    }
}
