using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using RemoteLog.Client;
using RemoteLog.Functions.Operations;
using RemoteLog.Protocol;
using RemoteLog.Push.Emulators;
using RemoteLog.Testing;

namespace RemoteLog.Functions.Tests;

/// <summary>A device that sleeps is woken: the app over HTTP, push services that forgive nothing, and the client library.</summary>
public sealed class WakeTests : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new(A.Moment);
    private readonly EmulatedNetwork network = new();
    private readonly Recorder recorder = new();
    private readonly Device writer = new();
    private PushServiceEmulator web = null!;
    private WebhookEmulator hook = null!;
    private ApnsEmulator apple = null!;
    private FcmEmulator google = null!;
    private TestService service = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        web = await PushServiceEmulator.StartAsync(time);
        hook = await WebhookEmulator.StartAsync();
        apple = await ApnsEmulator.StartAsync(time);
        google = await FcmEmulator.StartAsync(time);
        network.Lead("push.example", web.Port).Lead("updates.push.services.mozilla.com", web.Port).Lead("hook.example", hook.Port);
        network.Lead("api.push.apple.com", apple.Port).Lead("fcm.googleapis.com", google.Port).Lead("oauth2.googleapis.com", google.Port);
        service = await StartAsync(
            "--Push:Apns:Key", apple.Pem, "--Push:Apns:KeyId", apple.KeyId, "--Push:Apns:TeamId", apple.TeamId, "--Push:Apns:Topic", ApnsEmulator.Topic,
            "--Push:Fcm:Credentials", google.Credentials);
    }

    public async ValueTask DisposeAsync()
    {
        await service.DisposeAsync();
        await web.DisposeAsync();
        await hook.DisposeAsync();
        await apple.DisposeAsync();
        await google.DisposeAsync();
    }

    [Theory]
    [InlineData("webpush")]
    [InlineData("unifiedpush")]
    [InlineData("webhook")]
    [InlineData("apns")]
    [InlineData("apns-alert")]
    [InlineData("fcm")]
    [InlineData("fcm-high")]
    public async Task A_device_registers_is_woken_by_anothers_append_and_pulls_it(string channel)
    {
        using var phone = await PhoneAsync(channel);

        // It registers, and proves that hints reach it.
        Assert.False((await phone.Device.RegisterAsync(phone.Address, Ct)).Confirmed);
        await PumpAsync();
        Assert.Equal(HintOutcome.Confirmed, Assert.Single(await phone.WakeAsync(Ct)).Outcome);
        Assert.True((await phone.Device.GetStatusAsync(Ct)).Confirmed);

        // It follows a log, and goes to sleep.
        await phone.Device.FollowAsync(writer.Log, cancellationToken: Ct);
        time.Advance(TimeSpan.FromMinutes(30));

        // Another device writes, and the hint arrives.
        await service.AppendAsync(writer, writer.Write("one", "two"));
        await PassAsync(TimeSpan.FromSeconds(30));
        var report = Assert.Single(await phone.WakeAsync(Ct));

        // Which leads to the entries, and the service hears of it.
        Assert.Equal([new MovedTag(Assert.Single(await phone.Device.GetFollowsAsync(Ct)).Tag, 2)], report.Hint?.Moved);
        Assert.Equal(["notes 1 one", "notes 2 two"], phone.Received);
        Assert.True(report.IsComplete);
        Assert.True(report.IsReported);
        Assert.Empty(web.Refusals);
        Assert.DoesNotContain(recorder.Lines, line => phone.Secrets.Any(secret => line.Contains(secret, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_device_that_pulled_by_itself_is_not_woken()
    {
        using var phone = await FollowingAsync("unifiedpush");
        await service.AppendAsync(writer, writer.Write("one"));

        await phone.Device.SyncAsync(Ct);
        await PassAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(["notes 1 one"], phone.Received);
        Assert.Empty(await phone.WakeAsync(Ct));
    }

    [Fact]
    public async Task A_device_that_unfollowed_or_left_is_not_woken()
    {
        using var unfollowed = await FollowingAsync("unifiedpush");
        using var left = await FollowingAsync("unifiedpush");
        await unfollowed.Device.UnfollowAsync(writer.Log, Ct);
        await left.Device.UnregisterAsync(Ct);

        await service.AppendAsync(writer, writer.Write("one"));
        await PassAsync(TimeSpan.FromMinutes(5));

        Assert.Empty(await unfollowed.WakeAsync(Ct));
        Assert.Empty(await left.WakeAsync(Ct));
    }

    [Fact]
    public async Task A_device_that_registers_again_is_woken_about_what_it_followed_before()
    {
        using var phone = await FollowingAsync("unifiedpush");
        await phone.Device.UnregisterAsync(Ct);

        var status = await phone.Device.RegisterAsync(phone.Address, Ct);
        await PumpAsync();
        await phone.WakeAsync(Ct);
        time.Advance(TimeSpan.FromMinutes(2));
        await service.AppendAsync(writer, writer.Write("one"));
        await PassAsync(TimeSpan.FromMinutes(1));

        Assert.Equal([Assert.Single(await phone.Device.GetFollowsAsync(Ct)).Tag], status.Follows);
        Assert.Single(await phone.WakeAsync(Ct));
        Assert.Equal(["notes 1 one"], phone.Received);
    }

    [Theory]
    [InlineData("unifiedpush", "http://push.example/x", "https")]
    [InlineData("webhook", "https://127.0.0.1/x", "address")]
    [InlineData("webpush", "https://push.example:8443/x", "443")]
    [InlineData("apns", "not-hexadecimal", "hexadecimal")]
    public async Task An_endpoint_that_is_not_allowed_is_refused_with_the_reason(string channel, string endpoint, string reason)
    {
        using var phone = new WokenPhone(service, new WakeAddress(channel, endpoint) { WebhookSecret = channel == "webhook" ? A.Bytes(32) : default }, () => []);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => phone.Device.RegisterAsync(phone.Address, Ct));

        Assert.Equal("invalid-target", refused.Problem);
        Assert.Contains(reason, refused.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(recorder.Lines, line => line.Contains(endpoint, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_subscription_with_another_services_key_is_refused()
    {
        using var phone = await PhoneAsync("webpush");
        var foreign = phone.Address with { App = System.Buffers.Text.Base64Url.EncodeToString(A.Bytes(65)) };

        var refused = await Assert.ThrowsAsync<RefusedException>(() => phone.Device.RegisterAsync(foreign, Ct));

        Assert.Equal("invalid-target", refused.Problem);
    }

    [Fact]
    public async Task Only_what_is_configured_is_offered()
    {
        await using var plain = await StartAsync();

        var offer = await new RemoteLogClient(plain.Http, plain.Http.BaseAddress!).GetPushOfferAsync(Ct);

        Assert.Equal(["webpush", "unifiedpush", "webhook"], offer.Channels);
        Assert.Equal(65, System.Buffers.Text.Base64Url.DecodeFromChars(offer.VapidPublicKey).Length);
    }

    [Fact]
    public async Task The_key_that_browsers_subscribe_with_is_made_when_it_is_first_asked_for_and_then_stays()
    {
        await using var plain = await TestService.StartAsync();
        var client = new RemoteLogClient(plain.Http, plain.Http.BaseAddress!);
        var path = Path.Combine(plain.DataFolder, "vapid-key.pem");
        var wasThere = File.Exists(path);

        var first = await client.GetPushOfferAsync(Ct);

        Assert.False(wasThere);
        Assert.True(File.Exists(path));
        Assert.Equal(first.VapidPublicKey, (await client.GetPushOfferAsync(Ct)).VapidPublicKey);
    }

    [Theory]
    [InlineData("--Push:Vapid:Key", "no key")]
    [InlineData("--Push:Vapid:Subject", "somebody")]
    [InlineData("--Push:Hosts:PerSecond", "0")]
    [InlineData("--Push:Apns:Key", "no key")]
    [InlineData("--Push:Fcm:Credentials", "{}")]
    public async Task A_push_setting_that_makes_no_sense_keeps_the_service_from_starting(string name, string value) =>
        await Assert.ThrowsAsync<InvalidSettingException>(() => TestService.StartAsync(name, value));

    [Fact]
    public async Task With_shared_storage_nobody_is_woken_until_a_shared_key_is_set()
    {
        using var key = SigningKey.Create();
        string[] shared =
        [
            "--Storage:Accounts", "one", "--Receipts:Key", key.ToPem(), "--Devices:Key", Convert.ToBase64String(A.Bytes(32)), "--Triggers:PollMilliseconds", "600000",
        ];
        await using var without = RemoteLogApp.Build([.. shared]);
        await using var with = RemoteLogApp.Build([.. shared, "--Push:Vapid:Key", key.ToPem()]);

        Assert.Empty(without.Services.GetRequiredService<Server.Wake.PushSetup>().Channels);
        Assert.Equal(["webpush", "unifiedpush", "webhook"], with.Services.GetRequiredService<Server.Wake.PushSetup>().Channels);
        Assert.Throws<InvalidSettingException>(() => RemoteLogApp.Build([.. shared, "--Push:Apns:Key", apple.Pem]));
    }

    private Task<TestService> StartAsync(params string[] settings) => TestService.StartAsync(
        time,
        services => services.AddSingleton(network.Transport).AddSingleton<ILoggerProvider>(recorder),
        [
            "--Triggers:PollMilliseconds", "600000", "--Logging:LogLevel:Default", "Trace", "--Logging:Console:LogLevel:Default", "None",
            "--Push:Vapid:Subject", "mailto:operator@remotelog.example", .. settings,
        ]);

    private async Task<WokenPhone> PhoneAsync(string channel)
    {
        switch (channel)
        {
            case "webhook":
                var seen = 0;
                return new WokenPhone(service, new WakeAddress(channel, "https://hook.example/wake/k8sPq") { WebhookSecret = A.Bytes(32, seed: 9) }, () =>
                {
                    var calls = hook.Calls.Skip(seen).ToArray();
                    seen += calls.Length;
                    return [.. calls.Select(call => HintText.TryRead(call.Body, out var hint) ? hint : throw new InvalidDataException())];
                });
            case "apns" or "apns-alert":
                var iPhone = apple.AddDevice();
                var deliveries = 0;
                return new WokenPhone(service, new WakeAddress(channel, iPhone.Token), () =>
                    deliveries == iPhone.Deliveries || (deliveries = iPhone.Deliveries) == 0 ? [] : [Blob(JsonDocument.Parse(iPhone.Undelivered!).RootElement)]);
            case "fcm" or "fcm-high":
                var android = google.AddDevice();
                var received = 0;
                return new WokenPhone(service, new WakeAddress(channel, android.Token), () =>
                    received == android.Deliveries || (received = android.Deliveries) == 0 ? [] : [Blob(android.Received!.Value.GetProperty("data"))]);
            default:
                var vapid = (await new RemoteLogClient(service.Http, service.Http.BaseAddress!).GetPushOfferAsync(Ct)).VapidPublicKey;
                var subscriber = web.Subscribe(channel == "webpush" ? "updates.push.services.mozilla.com" : "push.example", vapid);
                return new WokenPhone(service, new WakeAddress(channel, subscriber.Endpoint) { App = vapid }, subscriber.FetchSealed);
        }
    }

    /// <summary>Registered, confirmed, following, and asleep for a while.</summary>
    private async Task<WokenPhone> FollowingAsync(string channel)
    {
        var phone = await PhoneAsync(channel);
        await phone.Device.RegisterAsync(phone.Address, Ct);
        await PumpAsync();
        await phone.WakeAsync(Ct);
        await phone.Device.FollowAsync(writer.Log, cancellationToken: Ct);
        time.Advance(TimeSpan.FromMinutes(5));
        return phone;
    }

    private static byte[] Blob(JsonElement data) => WokenPhone.Blob(data.GetProperty("h").GetString()!);

    private async Task PumpAsync() => await service.Services.GetRequiredService<JobPump>().PumpAsync(Ct);

    private async Task PassAsync(TimeSpan span)
    {
        for (var passed = TimeSpan.Zero; passed < span; passed += TimeSpan.FromSeconds(1))
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await PumpAsync();
        }
    }

    /// <summary>Every line that is logged, at any level, with all that belongs to it.</summary>
    private sealed class Recorder : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> lines = [];

        public IReadOnlyCollection<string> Lines => lines;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
