using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace RemoteLog.Push.Emulators;

/// <summary>
/// Apple's push service as a provider sees it: what it checks, what it answers, and how it treats a connection. One stream at a time until a token has been
/// found valid and after any rejection; no way back for a connection that saw an expired token; one undelivered push for an app on a device.
/// </summary>
public sealed class ApnsEmulator : IAsyncDisposable
{
    /// <summary>What all devices here run.</summary>
    public const string Topic = "org.example.app";

    private readonly ConcurrentDictionary<string, AppleDevice> devices = new();
    private readonly ConcurrentDictionary<string, long> tokens = new();
    private readonly ConcurrentQueue<ApnsLink> links = new();
    private readonly SemaphoreSlim arrivals = new(0);
    private readonly TimeProvider time;
    private readonly ECDsa key;
    private WebApplication app = null!;
    private int peak;
    private int now;
    private int refusedStreams;

    private ApnsEmulator(TimeProvider time, ApnsEmulator? twin)
    {
        this.time = time;
        key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (twin is not null) key.ImportParameters(twin.key.ExportParameters(includePrivateParameters: true));
    }

    public int Port { get; private set; }

    /// <summary>Streams that a warm connection may have.</summary>
    public int Streams { get; set; } = 100;

    public string KeyId => "ABC123DEFG";

    public string TeamId => "TEAM123456";

    /// <summary>The private key that Apple would have given.</summary>
    public string Pem => key.ExportPkcs8PrivateKeyPem();

    public int Connections => links.Count;

    public int PeakStreams => Volatile.Read(ref peak);

    public int RefusedStreams => Volatile.Read(ref refusedStreams);

    /// <summary>How many different provider tokens were valid here.</summary>
    public int Tokens => tokens.Count;

    /// <summary>When they say that they were issued.</summary>
    public IEnumerable<long> TokenTimes => tokens.Values;

    /// <summary>Holds requests until it completes.</summary>
    public TaskCompletionSource? Held { get; private set; }

    /// <param name="time">The clock.</param>
    /// <param name="twin">The other environment, which takes the same key.</param>
    public static async Task<ApnsEmulator> StartAsync(TimeProvider time, ApnsEmulator? twin = null)
    {
        var emulator = new ApnsEmulator(time, twin);
        (emulator.app, emulator.Port) = await Emulator.StartAsync(
            emulator.AnswerAsync, HttpProtocols.Http2, isSecure: true, listen => listen.Use(next => ApnsLink.Intercept(next, emulator.links.Enqueue)));
        return emulator;
    }

    public AppleDevice AddDevice(int tokenBytes = 32)
    {
        var device = new AppleDevice(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(tokenBytes)));
        return devices[device.Token] = device;
    }

    public void Hold() => Held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release()
    {
        Held?.SetResult();
        Held = null;
    }

    public Task ArrivalAsync(CancellationToken cancellationToken) => arrivals.WaitAsync(cancellationToken);

    /// <summary>Tells the newest connection to go: nothing after the last stream was or will be looked at.</summary>
    public Task GoAwayAsync(long lastStream, int code, string reason) => links.Last().GoAwayAsync(lastStream, code, $$"""{"reason":"{{reason}}"}""");

    public async ValueTask DisposeAsync()
    {
        Held?.TrySetResult();
        await app.DisposeAsync();
        key.Dispose();
        arrivals.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var link = context.Features.GetRequiredFeature<ApnsLink>();
        try
        {
            if (!link.TryEnter())
            {
                Interlocked.Increment(ref refusedStreams);
                context.Features.GetRequiredFeature<IHttpResetFeature>().Reset(7);
                return;
            }
            lock (devices) peak = Math.Max(peak, ++now);
            try
            {
                arrivals.Release();
                if (Held is { } held) await held.Task;
                await AnswerOneAsync(context, link);
            }
            finally
            {
                lock (devices) now--;
            }
        }
        finally
        {
            link.Leave();
        }
    }

    private async Task AnswerOneAsync(HttpContext context, ApnsLink link)
    {
        if (context.Features.Get<IHttp2StreamIdFeature>()?.StreamId > link.LastStream)
        {
            await Emulator.HangAsync(context);
            return;
        }
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var (status, reason, since) = Judge(context.Request, link, body.ToArray());
        if (status == ScriptedAnswer.Hang.Status || status == ScriptedAnswer.Reset.Status)
        {
            await new ScriptedAnswer(status).WriteAsync(context);
            return;
        }

        await link.SetLimitAsync(status == 200 ? Streams : 1);
        context.Response.StatusCode = status;
        context.Response.Headers["apns-id"] = context.Request.Headers.TryGetValue("apns-id", out var id) ? id : Guid.NewGuid().ToString();
        if (status != 200) await context.Response.WriteAsync(JsonSerializer.Serialize(since is { } at ? new { reason, timestamp = at.ToUnixTimeMilliseconds() } : (object)new { reason }));
        if (reason == "Shutdown")
        {
            await context.Response.CompleteAsync();
            await link.GoAwayAsync(context.Features.GetRequiredFeature<IHttp2StreamIdFeature>().StreamId, 0, """{"reason":"Shutdown"}""");
        }
    }

    private (int Status, string Reason, DateTimeOffset? Since) Judge(HttpRequest request, ApnsLink link, byte[] body)
    {
        var headers = request.Headers;
        if (request.Method != HttpMethods.Post) return (405, "MethodNotAllowed", null);
        if (!request.Path.StartsWithSegments("/3/device", out var rest) || rest.Value is not { Length: > 1 }) return (404, "BadPath", null);
        if (CheckToken(headers.Authorization.ToString(), link) is var (status, fault)) return (status, fault, null);

        var token = rest.Value[1..];
        devices.TryGetValue(token, out var device);
        if (device is not null && device.Script.TryDequeue(out var scripted)) return scripted;

        if (headers["apns-topic"].Count == 0) return (400, "MissingTopic", null);
        var isBackground = headers["apns-push-type"] == "background";
        if (!isBackground && headers["apns-push-type"] != "alert") return (400, "InvalidPushType", null);
        if (headers["apns-priority"].ToString() is not ("1" or "5" or "10") || (isBackground && headers["apns-priority"] == "10")) return (400, "BadPriority", null);
        if (headers["apns-collapse-id"].ToString().Length > 64) return (400, "BadCollapseId", null);
        if (headers.TryGetValue("apns-id", out var id) && !Guid.TryParseExact(id, "D", out _)) return (400, "BadMessageId", null);
        if (headers.TryGetValue("apns-expiration", out var expires) && !long.TryParse(expires, out _)) return (400, "BadExpirationDate", null);
        if (body.Length == 0) return (400, "PayloadEmpty", null);
        if (body.Length > 4096) return (413, "PayloadTooLarge", null);
        if (!IsPayload(body, isBackground)) return (400, "InvalidPushType", null);
        if (!token.All(char.IsAsciiHexDigit) || device is null) return (400, "BadDeviceToken", null);
        if (device.GoneSince is { } since) return (410, "Unregistered", since);
        if (headers["apns-topic"] != device.Topic) return (400, "DeviceTokenNotForTopic", null);
        device.Undelivered = body;
        device.LastId = id;
        device.Deliveries++;
        return (200, string.Empty, null);
    }

    private (int Status, string Reason)? CheckToken(string authorization, ApnsLink link)
    {
        if (!authorization.StartsWith("bearer ", StringComparison.OrdinalIgnoreCase)) return (403, "MissingProviderToken");
        if (link.IsWedged) return (403, "ExpiredProviderToken");
        var text = authorization["bearer ".Length..];
        if (Token.TryParse(text) is not { } token || token.Text(token.Header, "alg") != "ES256" || token.Text(token.Header, "kid") != KeyId
            || token.Text(token.Claims, "iss") != TeamId || token.Signature.Length != 64 || !key.VerifyData(token.Signed, token.Signature, HashAlgorithmName.SHA256)
            || token.Number("iat") is not { } issued)
        {
            return (403, "InvalidProviderToken");
        }
        var age = time.GetUtcNow().ToUnixTimeSeconds() - issued;
        if (age is > 3600 or < -60)
        {
            link.IsWedged = true;
            return (403, "ExpiredProviderToken");
        }
        if (link.Token is not null && link.Token != text && time.GetUtcNow() - link.TokenSince < TimeSpan.FromMinutes(20)) return (429, "TooManyProviderTokenUpdates");
        if (link.Token != text) (link.Token, link.TokenSince) = (text, time.GetUtcNow());
        tokens.TryAdd(text, issued);
        return null;
    }

    private static bool IsPayload(byte[] body, bool isBackground)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var aps = json.RootElement.GetProperty("aps");
            return isBackground
                ? aps.EnumerateObject().All(field => field is { Name: "content-available" } && field.Value.GetInt32() == 1)
                : aps.TryGetProperty("alert", out _);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return false;
        }
    }
}

/// <summary>A phone that is off: the newest push waits for it, and none before.</summary>
public sealed class AppleDevice(string token)
{
    public string Token => token;

    public string Topic { get; set; } = ApnsEmulator.Topic;

    public DateTimeOffset? GoneSince { get; set; }

    /// <summary>What to answer next, instead: status, reason, and since when a device is gone.</summary>
    public ConcurrentQueue<(int Status, string Reason, DateTimeOffset? Since)> Script { get; } = new();

    public byte[]? Undelivered { get; internal set; }

    public string? LastId { get; internal set; }

    public int Deliveries { get; internal set; }
}
