using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Text.Json;
using RemoteLog.Protocol;
using RemoteLog.Server;

namespace RemoteLog.Push.WebPush;

/// <summary>
/// Who we are to web push services (RFC 8292). A subscription is bound to the key it was made with, so there are two while the key changes. Tokens are kept for
/// 12 hours: signing is cheap, but services attribute traffic by them.
/// </summary>
internal sealed class VapidKeys : IDisposable
{
    private const string KeySetting = "Push:Vapid:Key", PreviousKeySetting = "Push:Vapid:PreviousKey";
    private const int MaxTokens = 10_000;

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);
    private static readonly TimeSpan Margin = TimeSpan.FromHours(1);
    private static readonly string Header = Base64Url.EncodeToString("""{"typ":"JWT","alg":"ES256"}"""u8);

    private readonly ConcurrentDictionary<(string Key, string Audience), (string Header, DateTimeOffset Expires)> headers = new();
    private readonly List<(string Public, SigningKey Key)> keys = [];
    private readonly string subject;
    private readonly TimeProvider time;

    /// <exception cref="ArgumentException">A key is no P-256 private key, or none is set and there is no folder to keep one in.</exception>
    public VapidKeys(VapidOptions options, string? folder, TimeProvider time)
    {
        (subject, this.time) = (options.Subject, time);
        if (options.Key.Length > 0)
        {
            Add(options.Key, KeySetting);
        }
        else
        {
            if (folder is null) throw new ArgumentException($"{KeySetting} is not set. It must be, to the PEM of a P-256 private key that all instances share.", nameof(options));
            var path = Path.Combine(folder, "vapid-key.pem");
            Add(KeyFile.ReadOrCreate(path, KeyCurve.P256), path);
        }
        if (options.PreviousKey.Length > 0) Add(options.PreviousKey, PreviousKeySetting);
    }

    /// <summary>Reads those keys that are set.</summary>
    /// <exception cref="ArgumentException">One is no P-256 private key; the message says which, and what to do.</exception>
    public static void Check(VapidOptions options)
    {
        if (options.Key.Length > 0)
        {
            Check(options.Key, KeySetting,
                "Set it to the key that browsers have subscribed with. Where none has, make one: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256");
        }
        if (options.PreviousKey.Length > 0) Check(options.PreviousKey, PreviousKeySetting, "Set it to the key of before, or leave it out.");
    }

    /// <summary>The key that devices subscribe with, in base64url.</summary>
    public string Current => keys[0].Public;

    /// <summary>Whether subscriptions may be bound to that key; empty: to the current one.</summary>
    public bool Has(string key) => key.Length == 0 || keys.Exists(known => known.Public == key);

    /// <summary>The Authorization header for an endpoint; null when the subscription is bound to a key that we do not have.</summary>
    /// <param name="key">The public key it was made with; empty: the current one.</param>
    /// <param name="endpoint">Whose scheme, host and port are the token's audience.</param>
    public string? FindHeader(string key, Uri endpoint)
    {
        if (key.Length == 0) key = Current;
        var audience = $"{endpoint.Scheme}://{endpoint.IdnHost}{(endpoint.IsDefaultPort ? "" : $":{endpoint.Port}")}";
        var now = time.GetUtcNow();
        if (headers.TryGetValue((key, audience), out var made) && made.Expires - now > Margin) return made.Header;

        var known = keys.Find(known => known.Public == key);
        if (known.Key is null) return null;
        made = ($"vapid t={Sign(known.Key, audience, now + Lifetime)}, k={key}", now + Lifetime);

        // Strangers name audiences. Starting over costs a signature each.
        if (headers.Count >= MaxTokens) headers.Clear();
        headers[(key, audience)] = made;
        return made.Header;
    }

    public void Dispose() => keys.ForEach(key => key.Key.Dispose());

    private static void Check(string pem, string source, string advice)
    {
        try
        {
            Read(pem, source).Dispose();
        }
        catch (ArgumentException exception)
        {
            throw new ArgumentException($"{exception.Message} {advice}", exception);
        }
    }

    private static SigningKey Read(string pem, string source)
    {
        try
        {
            return SigningKey.FromPem(pem, KeyCurve.P256);
        }
        catch (ArgumentException exception)
        {
            throw new ArgumentException($"{source} is not the PEM of a P-256 private key.", exception);
        }
    }

    private void Add(string pem, string source)
    {
        var key = Read(pem, source);
        keys.Add((Base64Url.EncodeToString(key.ExportPublicKey()), key));
    }

    private string Sign(SigningKey key, string audience, DateTimeOffset expires)
    {
        using var claims = new MemoryStream();
        using (var writer = new Utf8JsonWriter(claims))
        {
            writer.WriteStartObject();
            writer.WriteString("aud"u8, audience);
            writer.WriteNumber("exp"u8, expires.ToUnixTimeSeconds());
            if (subject.Length > 0) writer.WriteString("sub"u8, subject);
            writer.WriteEndObject();
        }
        return Jwt.Sign(Header, claims.GetBuffer().AsSpan(0, (int)claims.Length), key);
    }
}
