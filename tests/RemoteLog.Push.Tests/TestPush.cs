using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using RemoteLog.Protocol;
using RemoteLog.Push.Emulators;
using RemoteLog.Server.Wake;
using RemoteLog.Testing;

namespace RemoteLog.Push.Tests;

/// <summary>The services under test, over emulators that they take for the real ones, on a clock that stands still.</summary>
internal sealed class TestPush : IAsyncDisposable
{
    public const string Host = "push.example";
    public const string Subject = "mailto:operator@remotelog.example";

    private readonly TemporaryFolder folder = new();

    private TestPush(DateTimeOffset start)
    {
        Time = new FakeTimeProvider(start);
        Log = new RecordingLogger();
    }

    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    public FakeTimeProvider Time { get; }

    public EmulatedNetwork Network { get; } = new();

    public RecordingLogger Log { get; }

    public PushServiceEmulator Web { get; private set; } = null!;

    public ApnsEmulator Apple { get; private set; } = null!;

    public FcmEmulator Google { get; private set; } = null!;

    public PushServices Services { get; private set; } = null!;

    /// <param name="configure">Changes of the settings.</param>
    /// <param name="apple">Whether APNs is configured.</param>
    /// <param name="google">Whether FCM is configured.</param>
    /// <param name="start">The time that it is.</param>
    public static async Task<TestPush> StartAsync(Func<PushOptions, PushOptions>? configure = null, bool apple = false, bool google = false, DateTimeOffset? start = null)
    {
        var push = new TestPush(start ?? A.Moment);
        push.Web = await PushServiceEmulator.StartAsync(push.Time);
        var options = new PushOptions { Vapid = new VapidOptions { Subject = Subject } };
        foreach (var name in new[] { Host, "a.push.example", "b.push.example", "updates.push.services.mozilla.com", "fcm.googleapis.com", "push.lan" }) push.Network.Lead(name, push.Web.Port);
        if (apple)
        {
            push.Apple = await ApnsEmulator.StartAsync(push.Time);
            push.Network.Lead("api.push.apple.com", push.Apple.Port);
            options = options with
            {
                Apns = new ApnsOptions { Key = push.Apple.Pem, KeyId = push.Apple.KeyId, TeamId = push.Apple.TeamId, Topic = ApnsEmulator.Topic },
            };
        }
        if (google)
        {
            push.Google = await FcmEmulator.StartAsync(push.Time);
            push.Network.Lead("fcm.googleapis.com", push.Google.Port).Lead("oauth2.googleapis.com", push.Google.Port);
            options = options with { Fcm = new FcmOptions { Credentials = push.Google.Credentials } };
        }
        push.Reopen(configure?.Invoke(options) ?? options);
        return push;
    }

    public static PushMessage Message(string topic = "AAAAAAAAAAAAAAAAAAAAAA", Guid? id = null, long sequence = 7) =>
        new(new Hint([new MovedTag(new HintTag(A.Bytes(16)), sequence)], More: false), id ?? new Guid(A.Bytes(16, seed: 2)), topic, TimeSpan.FromDays(7));

    /// <summary>Starts the services again, as a restart would.</summary>
    public void Reopen(PushOptions options)
    {
        Services?.Dispose();
        Services = PushServices.Open(options, folder.Path, Log, Time, Network.Transport);
    }

    public Subscriber Subscribe(string host = Host, string? key = null) => Web.Subscribe(host, key ?? Services.VapidPublicKey);

    public static PushTarget Target(Subscriber subscriber, PushChannel channel = PushChannel.UnifiedPush) =>
        new(channel, subscriber.Endpoint, subscriber.Key, subscriber.Keys.PublicKey, subscriber.Keys.Secret);

    public static PushTarget Target(AppleDevice device, HintKey key, PushChannel channel = PushChannel.Apns) => new(channel, device.Token, string.Empty, key.PublicKey, key.Secret);

    public static PushTarget Target(AndroidDevice device, HintKey key, PushChannel channel = PushChannel.Fcm) => new(channel, device.Token, string.Empty, key.PublicKey, key.Secret);

    public Task<PushOutcome> SendAsync(PushTarget target, PushMessage? message = null) => Services.SendAsync(target, message ?? Message(), Ct).AsTask();

    public Task<PushOutcome> SendAsync(Subscriber subscriber) => SendAsync(Target(subscriber));

    /// <summary>Sends to a subscriber at whose service this is the answer.</summary>
    public Task<PushOutcome> SendAsync(Subscriber subscriber, ScriptedAnswer answer)
    {
        subscriber.Script.Enqueue(answer);
        return SendAsync(subscriber);
    }

    public async ValueTask DisposeAsync()
    {
        Services.Dispose();
        await Web.DisposeAsync();
        if (Apple is not null) await Apple.DisposeAsync();
        if (Google is not null) await Google.DisposeAsync();
        folder.Dispose();
    }
}

/// <summary>Remembers what was logged, at any level, with all that belongs to it.</summary>
internal sealed class RecordingLogger : ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> entries = new();

    public IReadOnlyList<(LogLevel Level, string Text)> Entries => [.. entries];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        entries.Enqueue((logLevel, $"{formatter(state, exception)} {exception}"));
}
