using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using RemoteLog.Protocol;
using RemoteLog.Push.Emulators;
using RemoteLog.Server.Wake;

namespace RemoteLog.Push.Tests;

public sealed class MeterTests
{
    [Fact]
    public async Task Hints_are_counted_by_provider_and_by_nothing_else()
    {
        using var key = HintKey.Create();
        await using var push = await TestPush.StartAsync(apple: true, google: true);
        using var counts = new Counts(push.Services);

        await push.SendAsync(TestPush.Target(push.Subscribe(), PushChannel.WebPush));
        await push.SendAsync(push.Subscribe(), new ScriptedAnswer(410));
        await push.SendAsync(push.Subscribe(), new ScriptedAnswer(307));
        await push.SendAsync(push.Subscribe(), new ScriptedAnswer(500));
        await push.SendAsync(push.Subscribe(), new ScriptedAnswer(429));
        await push.SendAsync(push.Subscribe());
        await push.SendAsync(TestPush.Target(push.Apple.AddDevice(), key));
        await push.SendAsync(TestPush.Target(push.Google.AddDevice(), key));
        await push.SendAsync(new PushTarget(PushChannel.Webhook, "https://hook.example/", "", ReadOnlyMemory<byte>.Empty, new byte[24]));

        Assert.Equal(
            [
                "accepted apns 1", "accepted fcm 1", "accepted webpush 1", "failed unifiedpush 1", "failed webhook 1", "gone unifiedpush 1", "sent apns 1", "sent fcm 1",
                "sent unifiedpush 4", "sent webhook 1", "sent webpush 1", "struck unifiedpush 1", "throttled unifiedpush 2",
            ],
            counts.All);
    }

    [Fact]
    public async Task What_a_service_refuses_because_of_our_credentials_is_counted_by_itself()
    {
        using var key = HintKey.Create();
        await using var push = await TestPush.StartAsync(apple: true);
        using var counts = new Counts(push.Services);
        var device = push.Apple.AddDevice();
        for (var answer = 0; answer < 5; answer++) device.Script.Enqueue((403, "InvalidProviderToken", null));

        await push.SendAsync(TestPush.Target(device, key));

        Assert.Contains("unauthorized apns 1", counts.All);
        Assert.DoesNotContain(counts.All, count => count.StartsWith("failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wave_of_gone_is_counted()
    {
        await using var push = await TestPush.StartAsync(options => options with { Hosts = options.Hosts with { GoneMinimum = 3 } });
        using var counts = new Counts(push.Services);

        for (var send = 0; send < 5; send++) await push.SendAsync(push.Subscribe(), new ScriptedAnswer(404));

        Assert.Contains("doubted unifiedpush 1", counts.All);
    }

    private sealed class Counts : IDisposable
    {
        private readonly MeterListener listener = new();
        private readonly ConcurrentDictionary<string, long> counts = new();

        public Counts(object scope)
        {
            listener.InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter.Name == "RemoteLog.Push" && instrument.Meter.Scope == scope) listening.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            {
                var tag = Assert.Single(tags.ToArray());
                Assert.Equal("provider", tag.Key);
                counts.AddOrUpdate($"{instrument.Name["remotelog.push.".Length..]} {tag.Value}", value, (_, sum) => sum + value);
            });
            listener.Start();
        }

        public IEnumerable<string> All => counts.Select(count => $"{count.Key} {count.Value}").Order(StringComparer.Ordinal);

        public void Dispose() => listener.Dispose();
    }
}
