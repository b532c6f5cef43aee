using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using RemoteLog.Protocol;

namespace RemoteLog.Push.Emulators;

/// <summary>A web push service that forgives nothing of RFC 8030, 8188 and 8292, and answers otherwise where it is told to. Its subscribers are offline until they fetch.</summary>
public sealed partial class PushServiceEmulator : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Subscriber> subscribers = new();
    private readonly ConcurrentDictionary<string, Crowd> crowds = new();
    private readonly ConcurrentQueue<string> refusals = new();
    private readonly SemaphoreSlim arrivals = new(0);
    private readonly TimeProvider time;
    private WebApplication app = null!;
    private int requests;

    private PushServiceEmulator(TimeProvider time) => this.time = time;

    public int Port { get; private set; }

    /// <summary>What it answers when it accepts: some say 200, 202 or 204.</summary>
    public int AcceptedStatus { get; set; } = StatusCodes.Status201Created;

    /// <summary>Whether requests stay unanswered until <see cref="Release"/>.</summary>
    public TaskCompletionSource? Held { get; private set; }

    /// <summary>Why requests were refused for what they were.</summary>
    public IReadOnlyCollection<string> Refusals => refusals;

    public int Requests => Volatile.Read(ref requests);

    public static async Task<PushServiceEmulator> StartAsync(TimeProvider time)
    {
        var emulator = new PushServiceEmulator(time);
        (emulator.app, emulator.Port) = await Emulator.StartAsync(emulator.AnswerAsync, HttpProtocols.Http1AndHttp2, isSecure: true);
        return emulator;
    }

    /// <param name="host">A name that leads here.</param>
    /// <param name="key">The application server's key that the subscription is bound to.</param>
    public Subscriber Subscribe(string host, string key)
    {
        var id = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
        return subscribers[id] = new Subscriber($"https://{host}/push/{id}?v=1", key);
    }

    /// <summary>The most requests that were under way at once to a host.</summary>
    public int Peak(string host) => crowds.TryGetValue(host, out var crowd) ? crowd.Peak : 0;

    public void Hold() => Held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release()
    {
        Held?.SetResult();
        Held = null;
    }

    /// <summary>Waits for a request to have arrived that nobody waited for yet.</summary>
    public Task ArrivalAsync(CancellationToken cancellationToken) => arrivals.WaitAsync(cancellationToken);

    /// <summary>Takes the requests that came so far as waited for.</summary>
    public void ForgetArrivals()
    {
        while (arrivals.Wait(0)) continue;
    }

    public async ValueTask DisposeAsync()
    {
        Held?.TrySetResult();
        await app.DisposeAsync();
        arrivals.Dispose();
    }

    [GeneratedRegex("^[A-Za-z0-9_-]{1,32}$")]
    private static partial Regex TopicSyntax();

    private async Task AnswerAsync(HttpContext context)
    {
        Interlocked.Increment(ref requests);
        var crowd = crowds.GetOrAdd(context.Request.Host.Host, _ => new Crowd());
        crowd.Enter();
        arrivals.Release();
        try
        {
            if (Held is { } held) await held.Task;
            await AnswerOneAsync(context);
        }
        finally
        {
            crowd.Leave();
        }
    }

    private async Task AnswerOneAsync(HttpContext context)
    {
        if (!context.Request.Path.StartsWithSegments("/push", out var rest) || !subscribers.TryGetValue(rest.Value!.TrimStart('/'), out var subscriber))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        if (subscriber.Script.TryDequeue(out var scripted))
        {
            await scripted.WriteAsync(context);
            return;
        }

        var headers = context.Request.Headers;
        var (status, fault) = Check(context.Request, subscriber, body);
        if (fault is not null)
        {
            refusals.Enqueue(fault);
            context.Response.StatusCode = status;
            return;
        }
        context.Response.StatusCode = AcceptedStatus;
        context.Response.Headers["TTL"] = headers["TTL"];
        if (AcceptedStatus == StatusCodes.Status201Created) context.Response.Headers.Location = $"/message/{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(8))}";
        subscriber.LastTimeToLive = long.Parse(headers["TTL"].ToString());
        subscriber.Store(headers["Topic"].ToString(), headers["Urgency"].ToString(), body.ToArray());
    }

    private (int Status, string? Fault) Check(HttpRequest request, Subscriber subscriber, MemoryStream body)
    {
        var headers = request.Headers;
        if (request.Method != HttpMethods.Post) return (405, "method");
        if (CheckVapid(request, subscriber) is { } vapid) return (403, vapid);
        if (!long.TryParse(headers["TTL"], out var timeToLive) || timeToLive is < 0 or > 2_592_000) return (400, "TTL");
        if (headers["Urgency"].ToString() is not ("very-low" or "low" or "normal" or "high")) return (400, "Urgency");
        if (headers.TryGetValue("Topic", out var topic) && !TopicSyntax().IsMatch(topic.ToString())) return (400, "Topic");
        if (headers.ContentEncoding != "aes128gcm") return (415, "Content-Encoding");
        if (headers.ContentType != "application/octet-stream") return (415, "Content-Type");
        if (body.Length > 4096) return (413, "size");
        return body.Length < 103 || body.GetBuffer()[20] != 65 ? (400, "not aes128gcm") : (0, null);
    }

    private string? CheckVapid(HttpRequest request, Subscriber subscriber)
    {
        var match = Authorization().Match(request.Headers.Authorization.ToString());
        if (!match.Success) return "no VAPID";
        if (match.Groups[2].Value != subscriber.Key) return "another key";
        if (Token.TryParse(match.Groups[1].Value) is not { } token) return "not a token";
        if (token.Text(token.Header, "alg") != "ES256" || token.Text(token.Header, "typ") != "JWT") return "header";
        if (token.Text(token.Claims, "aud") != $"https://{request.Host.Host}") return "aud";
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        if (token.Number("exp") is not { } expires || expires <= now || expires > now + 24 * 3600) return "exp";
        if (token.Text(token.Claims, "sub") is not { } subject || !(subject.StartsWith("mailto:", StringComparison.Ordinal) || subject.StartsWith("https:", StringComparison.Ordinal))) return "sub";
        var point = Base64Url.DecodeFromChars(subscriber.Key);
        using var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = point[1..33], Y = point[33..] } });
        if (token.Signature.Length != 64 || !key.VerifyData(token.Signed, token.Signature, HashAlgorithmName.SHA256)) return "signature";
        subscriber.LastToken = match.Groups[1].Value;
        return null;
    }

    [GeneratedRegex("^vapid t=([A-Za-z0-9._-]+), ?k=([A-Za-z0-9_-]{87})$")]
    private static partial Regex Authorization();

    private sealed class Crowd
    {
        private readonly Lock gate = new();
        private int now;

        public int Peak { get; private set; }

        public void Enter()
        {
            lock (gate) Peak = Math.Max(Peak, ++now);
        }

        public void Leave()
        {
            lock (gate) now--;
        }
    }
}

/// <summary>A browser, or an app with a distributor, that is offline.</summary>
public sealed class Subscriber(string endpoint, string key)
{
    private readonly List<(string Topic, byte[] Body)> stored = [];

    public string Endpoint => endpoint;

    public string Key => key;

    public HintKey Keys { get; } = HintKey.Create();

    /// <summary>What to answer next, instead.</summary>
    public ConcurrentQueue<ScriptedAnswer> Script { get; } = new();

    public string? LastToken { get; internal set; }

    public string? LastUrgency { get; private set; }

    public long LastTimeToLive { get; internal set; }

    /// <summary>What waits for it, as it reads it.</summary>
    public IReadOnlyList<Hint> Fetch()
    {
        lock (stored)
        {
            var hints = stored.Select(message => Keys.TryDecrypt(message.Body, out Hint? hint) ? hint : throw new InvalidDataException("It cannot read that.")).ToList();
            stored.Clear();
            return hints;
        }
    }

    /// <summary>The same as it came, for whoever has other keys than these.</summary>
    public IReadOnlyList<byte[]> FetchSealed()
    {
        lock (stored)
        {
            byte[][] bodies = [.. stored.Select(message => message.Body)];
            stored.Clear();
            return bodies;
        }
    }

    internal void Store(string topic, string urgency, byte[] body)
    {
        lock (stored)
        {
            if (topic.Length > 0) stored.RemoveAll(message => message.Topic == topic);
            stored.Add((topic, body));
            LastUrgency = urgency;
        }
    }
}
