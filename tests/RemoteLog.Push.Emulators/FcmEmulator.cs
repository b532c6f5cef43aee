using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace RemoteLog.Push.Emulators;

/// <summary>Google's token endpoint and FCM's HTTP v1, with the checks and the answers that they are documented to give. Devices get collapsible messages from a bucket.</summary>
public sealed partial class FcmEmulator : IAsyncDisposable
{
    public const string Project = "remotelog-test";

    private const string Account = "push@remotelog-test.iam.gserviceaccount.com";
    private const string TokenUrl = "https://oauth2.googleapis.com/token";
    private const int BucketSize = 20;

    private static readonly TimeSpan BucketRefill = TimeSpan.FromMinutes(3);
    private static readonly string[] Targets = ["token", "fid", "topic", "condition"];

    /// <summary>One for all emulators: to make one takes longer than most tests.</summary>
    private static readonly Lazy<string> Pem = new(() =>
    {
        using var key = RSA.Create(2048);
        return key.ExportPkcs8PrivateKeyPem();
    });

    private readonly ConcurrentDictionary<string, DateTimeOffset> accessTokens = new();
    private readonly TimeProvider time;
    private readonly RSA key = RSA.Create();
    private readonly List<WebApplication> apps = [];

    private FcmEmulator(TimeProvider time)
    {
        this.time = time;
        key.ImportFromPem(Pem.Value);
    }

    /// <summary>Where it speaks TLS, as Google does.</summary>
    public int Port { get; private set; }

    /// <summary>The same without TLS.</summary>
    public int PlainPort { get; private set; }

    /// <summary>A service account's JSON.</summary>
    public string Credentials => JsonSerializer.Serialize(new Dictionary<string, string>
    {
        ["type"] = "service_account",
        ["project_id"] = Project,
        ["private_key_id"] = "0123456789abcdef",
        ["private_key"] = Pem.Value,
        ["client_email"] = Account,
        ["token_uri"] = TokenUrl,
    });

    public ConcurrentDictionary<string, AndroidDevice> Devices { get; } = new();

    /// <summary>What the token endpoint answers next, instead.</summary>
    public ConcurrentQueue<ScriptedAnswer> TokenScript { get; } = new();

    /// <summary>How many access tokens were given.</summary>
    public int TokensGiven { get; private set; }

    public int Requests { get; private set; }

    public static async Task<FcmEmulator> StartAsync(TimeProvider time)
    {
        var emulator = new FcmEmulator(time);
        (var secure, emulator.Port) = await Emulator.StartAsync(emulator.AnswerAsync, HttpProtocols.Http1AndHttp2, isSecure: true);
        (var plain, emulator.PlainPort) = await Emulator.StartAsync(emulator.AnswerAsync, HttpProtocols.Http1, isSecure: false);
        emulator.apps.AddRange([secure, plain]);
        return emulator;
    }

    public AndroidDevice AddDevice(bool isInstallation = false)
    {
        var random = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(40));
        var device = new AndroidDevice(isInstallation ? random[..22] : $"{random[..22]}:APA91b{random}");
        return Devices[device.Token] = device;
    }

    /// <summary>An access token as if it had been asked for.</summary>
    public string IssueToken()
    {
        var token = $"ya29.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}";
        accessTokens[token] = time.GetUtcNow().AddSeconds(3600);
        TokensGiven++;
        return token;
    }

    /// <summary>Forgets the access tokens it gave.</summary>
    public void RevokeTokens() => accessTokens.Clear();

    public async ValueTask DisposeAsync()
    {
        foreach (var app in apps) await app.DisposeAsync();
        key.Dispose();
    }

    [GeneratedRegex(@"^\d+(\.\d{1,9})?s$")]
    private static partial Regex Duration();

    private static string Error(int code, string status, string? fcm = null, string? field = null)
    {
        List<object> details = [];
        if (fcm is not null) details.Add(new Dictionary<string, object> { ["@type"] = "type.googleapis.com/google.firebase.fcm.v1.FcmError", ["errorCode"] = fcm });
        if (field is not null)
        {
            details.Add(new Dictionary<string, object>
            {
                ["@type"] = "type.googleapis.com/google.rpc.BadRequest",
                ["fieldViolations"] = new object[] { new { field, description = "Invalid value." } },
            });
        }
        return JsonSerializer.Serialize(new { error = new { code, message = status, status, details } });
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        if (context.Request.Method == HttpMethods.Post && path == "/token") await AnswerTokenAsync(context);
        else if (context.Request.Method == HttpMethods.Post && path == $"/v1/projects/{Project}/messages:send") await AnswerSendAsync(context);
        else await new ScriptedAnswer(404, Error(404, "NOT_FOUND")).WriteAsync(context);
    }

    private async Task AnswerTokenAsync(HttpContext context)
    {
        if (TokenScript.TryDequeue(out var scripted))
        {
            await scripted.WriteAsync(context);
            return;
        }
        var form = await context.Request.ReadFormAsync();
        var isValid = form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer" && Token.TryParse(form["assertion"].ToString()) is { } token
            && token.Text(token.Header, "alg") == "RS256" && key.VerifyData(token.Signed, token.Signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            && token.Text(token.Claims, "iss") == Account && token.Text(token.Claims, "aud") == TokenUrl
            && token.Text(token.Claims, "scope") == "https://www.googleapis.com/auth/firebase.messaging"
            && token.Number("exp") - token.Number("iat") is > 0 and <= 3600 && Math.Abs(token.Number("iat")!.Value - time.GetUtcNow().ToUnixTimeSeconds()) < 300;
        var answer = isValid
            ? new ScriptedAnswer(200, JsonSerializer.Serialize(new { access_token = IssueToken(), expires_in = 3600, token_type = "Bearer" }))
            : new ScriptedAnswer(400, """{"error":"invalid_grant","error_description":"Invalid JWT"}""");
        context.Response.ContentType = "application/json";
        await answer.WriteAsync(context);
    }

    private async Task AnswerSendAsync(HttpContext context)
    {
        Requests++;
        context.Response.ContentType = "application/json";
        var bearer = context.Request.Headers.Authorization.ToString();
        if (!bearer.StartsWith("Bearer ", StringComparison.Ordinal) || !accessTokens.TryGetValue(bearer[7..], out var expires) || expires <= time.GetUtcNow())
        {
            await new ScriptedAnswer(401, Error(401, "UNAUTHENTICATED")).WriteAsync(context);
            return;
        }
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        await Judge(body.ToArray()).WriteAsync(context);
    }

    private ScriptedAnswer Judge(byte[] body)
    {
        using var json = JsonDocument.Parse(body);
        if (!json.RootElement.TryGetProperty("message", out var message)) return Bad("message");
        var targets = Targets.Where(name => message.TryGetProperty(name, out _)).ToList();
        if (targets.Count != 1) return Bad("message");
        if (message.TryGetProperty("data", out var data))
        {
            if (data.EnumerateObject().Any(value => value.Value.ValueKind != JsonValueKind.String)) return Bad("message.data");
            if (data.EnumerateObject().Any(value => value.Name == "from" || value.Name.StartsWith("gcm", StringComparison.Ordinal) || value.Name.StartsWith("google", StringComparison.Ordinal)))
            {
                return Bad("message.data");
            }
            if (data.EnumerateObject().Sum(value => Encoding.UTF8.GetByteCount(value.Name) + Encoding.UTF8.GetByteCount(value.Value.GetString()!)) > 4096) return Bad("message.data");
        }
        var android = message.TryGetProperty("android", out var given) ? given : default;
        if (Text(android, "ttl") is { } ttl && (!Duration().IsMatch(ttl) || decimal.Parse(ttl[..^1]) > 28 * 24 * 3600)) return Bad("message.android.ttl");
        if (Text(android, "priority") is { } priority && priority is not ("NORMAL" or "HIGH" or "normal" or "high")) return Bad("message.android.priority");

        var isDryRun = json.RootElement.TryGetProperty("validate_only", out var dry) && dry.GetBoolean();
        var token = message.GetProperty(targets[0]).GetString()!;
        if (!Devices.TryGetValue(token, out var device) || device.IsInstallation != (targets[0] == "fid"))
        {
            return new ScriptedAnswer(400, Error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "message.token"));
        }
        if (device.Script.TryDequeue(out var scripted)) return scripted;
        if (!isDryRun) device.Take(message.Clone(), Text(android, "collapse_key") is not null, time.GetUtcNow(), BucketSize, BucketRefill);
        return new ScriptedAnswer(200, JsonSerializer.Serialize(new { name = $"projects/{Project}/messages/0:{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}" }));
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static ScriptedAnswer Bad(string field) => new(400, Error(400, "INVALID_ARGUMENT", field: field));

    /// <summary>An error in Google's form.</summary>
    public static ScriptedAnswer Fault(int code, string status, string? fcm = null, string? field = null, string? retryAfter = null) =>
        new(code, Error(code, status, fcm, field)) { RetryAfter = retryAfter };
}

/// <summary>A phone with an app of the project.</summary>
public sealed class AndroidDevice(string token)
{
    private readonly Lock gate = new();
    private double bucket = 20;
    private DateTimeOffset bucketAt = DateTimeOffset.MinValue;

    public string Token => token;

    public bool IsInstallation => token.Length == 22;

    public ConcurrentQueue<ScriptedAnswer> Script { get; } = new();

    /// <summary>The last message it got.</summary>
    public JsonElement? Received { get; private set; }

    public int Deliveries { get; private set; }

    /// <summary>Messages held back because collapsible ones came too often.</summary>
    public int Delayed { get; private set; }

    internal void Take(JsonElement message, bool isCollapsible, DateTimeOffset now, int size, TimeSpan refill)
    {
        lock (gate)
        {
            if (bucketAt != DateTimeOffset.MinValue) bucket = Math.Min(size, bucket + (now - bucketAt) / refill);
            bucketAt = now;
            if (isCollapsible && bucket < 1)
            {
                Delayed++;
                return;
            }
            if (isCollapsible) bucket--;
            Received = message;
            Deliveries++;
        }
    }
}
