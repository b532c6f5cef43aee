using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using RemoteLog.Protocol;
using RemoteLog.Push.Hosts;
using RemoteLog.Server.Wake;

namespace RemoteLog.Push.Apns;

/// <summary>Apple's push service: in the background (a pull, when the system sees fit) or as an alert that the app's extension fills in.</summary>
internal sealed class ApnsSender : IDisposable
{
    private const string CollapseId = "remotelog";
    private const int RefusedStream = 7;
    private const int MaxRefusals = 5;

    private static readonly TimeSpan MaxTimeToLive = TimeSpan.FromDays(30);
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly ApnsOptions options;
    private readonly HostGates gates;
    private readonly Attempts attempts;
    private readonly TimeProvider time;
    private readonly TimeSpan timeout;
    private readonly SigningKey key;
    private readonly ApnsToken token;
    private readonly List<Environment> environments = [];
    private readonly JsonEncodedText alertText;

    /// <exception cref="ArgumentException">The key is none, or its id, the team or the topic is missing.</exception>
    public ApnsSender(ApnsOptions options, HttpOptions http, PushTransport transport, HostGates gates, Attempts attempts, TimeProvider time)
    {
        (this.options, this.gates, this.attempts, this.time) = (options, gates, attempts, time);
        timeout = TimeSpan.FromSeconds(http.RequestSeconds);
        key = KeyOf(options);
        token = new ApnsToken(key, options.KeyId, options.TeamId, time);
        alertText = JsonEncodedText.Encode(options.AlertText);

        ApnsConnection Connect() => new(transport, TimeSpan.FromSeconds(http.ConnectSeconds), options.InFlight);
        if (options.Environment != ApnsEnvironment.Sandbox) environments.Add(new Environment("api.push.apple.com", Connect));
        if (options.Environment != ApnsEnvironment.Production) environments.Add(new Environment("api.sandbox.push.apple.com", Connect));
    }

    public ValueTask<PushOutcome> SendAsync(PushTarget target, PushMessage message, CancellationToken cancellationToken)
    {
        var topic = target.App.Length > 0 ? target.App : options.Topic;
        return attempts.RunAsync(Provider.Apns, environments[0].Host, gates.Of(topic), target, timeout, cancellation => SendAsync(topic, target, message, cancellation), cancellationToken);
    }

    public void Dispose()
    {
        environments.ForEach(environment => environment.Dispose());
        key.Dispose();
    }

    /// <summary>The key, where all is there that goes with it.</summary>
    /// <exception cref="ArgumentException">It is none, or its id, the team or the topic is missing.</exception>
    internal static SigningKey KeyOf(ApnsOptions options)
    {
        if (options.KeyId.Length != 10 || options.TeamId.Length == 0 || options.Topic.Length == 0)
        {
            throw new ArgumentException("With Push:Apns:Key go KeyId (ten characters), TeamId and Topic.", nameof(options));
        }
        try
        {
            return SigningKey.FromPem(options.Key, KeyCurve.P256);
        }
        catch (ArgumentException exception)
        {
            throw new ArgumentException("Push:Apns:Key is not the PEM of a P-256 private key.", nameof(options), exception);
        }
    }

    private async ValueTask<Answer> SendAsync(string topic, PushTarget target, PushMessage message, CancellationToken cancellationToken)
    {
        if (!EndpointRules.IsDeviceToken(target.Endpoint)) return new Answer(Verdict.Strike, "not a device token");
        byte[] body;
        try
        {
            body = Body(target, message);
        }
        catch (ArgumentException)
        {
            return new Answer(Verdict.Strike, "no key to encrypt with");
        }

        // A device is in one environment; only the first is asked when it does not say "unknown".
        Answer answer = default;
        foreach (var environment in environments)
        {
            (answer, var step) = await SendAsync(environment, topic, target, message, body, cancellationToken);
            if (step != ApnsStep.OtherEnvironment) break;
        }
        return answer;
    }

    private async ValueTask<ApnsAnswer> SendAsync(
        Environment environment, string topic, PushTarget target, PushMessage message, byte[] body, CancellationToken cancellationToken)
    {
        var (refusals, again) = (0, true);
        while (true)
        {
            var (connection, bearer) = (environment.Connection, token.Get());
            ApnsAnswer answer;
            try
            {
                using var request = Request(environment.Host, topic, bearer, target, message, body);
                answer = ApnsAnswer.Of(await connection.SendAsync(request, time, cancellationToken), TimeSpan.FromMinutes(options.RetryMinutes));
            }
            catch (HttpRequestException exception) when (exception.InnerException is HttpProtocolException { ErrorCode: RefusedStream } && refusals < MaxRefusals)
            {
                // Not processed, for the connection takes fewer at once than it did.
                refusals++;
                continue;
            }
            catch (ObjectDisposedException) when (environment.Connection != connection)
            {
                // Another request has just replaced the connection.
                continue;
            }

            switch (answer.Step)
            {
                case ApnsStep.RenewToken:
                    environment.Replace(connection);
                    token.Renew(bearer);
                    break;
                case ApnsStep.Reconnect or ApnsStep.ReplaceConnection:
                    environment.Replace(connection);
                    break;
                case ApnsStep.KeepToken:
                    token.Keep();
                    break;
                case ApnsStep.Done or ApnsStep.OtherEnvironment:
                    break;
            }
            if (!again || answer.Step is not (ApnsStep.RenewToken or ApnsStep.Reconnect)) return answer;
            again = false;
        }
    }

    private HttpRequestMessage Request(string host, string topic, string bearer, PushTarget target, PushMessage message, byte[] body)
    {
        var isAlert = target.Channel == PushChannel.ApnsAlert;
        var timeToLive = TimeSpan.FromTicks(Math.Clamp(message.TimeToLive.Ticks, 0, MaxTimeToLive.Ticks));
        var expires = timeToLive == TimeSpan.Zero ? 0 : (time.GetUtcNow() + timeToLive).ToUnixTimeSeconds();
        var request = new HttpRequestMessage(HttpMethod.Post, $"https://{host}/3/device/{target.Endpoint}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = Json;
        request.Headers.TryAddWithoutValidation("authorization", $"bearer {bearer}");
        request.Headers.TryAddWithoutValidation("apns-topic", topic);
        request.Headers.TryAddWithoutValidation("apns-push-type", isAlert ? "alert" : "background");
        request.Headers.TryAddWithoutValidation("apns-priority", isAlert ? "10" : "5");
        request.Headers.TryAddWithoutValidation("apns-expiration", expires.ToString(CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation("apns-collapse-id", CollapseId);
        request.Headers.TryAddWithoutValidation("apns-id", message.Id.ToString());
        return request;
    }

    private byte[] Body(PushTarget target, PushMessage message)
    {
        var blob = Base64Url.EncodeToString(HintCipher.Encrypt(message.Hint, target.PublicKey.Span, target.Secret.Span));
        var aps = target.Channel == PushChannel.ApnsAlert ? $$$"""{"alert":{"loc-key":"{{{alertText}}}"},"mutable-content":1}""" : """{"content-available":1}""";
        return Encoding.UTF8.GetBytes($$"""{"aps":{{aps}},"h":"{{blob}}"}""");
    }

    /// <summary>One of Apple's two, and the connection to it, which is replaced once by whoever saw it fail first.</summary>
    private sealed class Environment(string host, Func<ApnsConnection> connect) : IDisposable
    {
        private ApnsConnection connection = connect();

        public string Host => host;

        public ApnsConnection Connection => Volatile.Read(ref connection);

        public void Replace(ApnsConnection failed)
        {
            var next = connect();
            if (Interlocked.CompareExchange(ref connection, next, failed) == failed) failed.Dispose();
            else next.Dispose();
        }

        public void Dispose() => Connection.Dispose();
    }
}
