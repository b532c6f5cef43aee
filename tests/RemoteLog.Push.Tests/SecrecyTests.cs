using System.Buffers.Text;
using System.Diagnostics;
using RemoteLog.Protocol;
using RemoteLog.Push.Emulators;
using RemoteLog.Server.Wake;

namespace RemoteLog.Push.Tests;

/// <summary>Endpoints, tokens, secrets and strangers' hosts are in no log line, whatever happens.</summary>
public sealed class SecrecyTests
{
    [Fact]
    public async Task No_outcome_of_any_provider_leaves_a_secret_in_the_log()
    {
        using var key = HintKey.Create();
        await using var push = await TestPush.StartAsync(apple: true, google: true);
        var hook = await WebhookEmulator.StartAsync();
        push.Network.Lead("hook.example", hook.Port);
        List<string> secrets = [TestPush.Host, "hook.example", "/push/", "/in/", "eyJ", "ya29", "vapid t=", "bearer", "PRIVATE KEY", Base64Url.EncodeToString(key.Secret.Span), push.Services.VapidPublicKey];
        HashSet<Type> seen = [];

        foreach (var status in new[] { 201, 200, 301, 400, 401, 403, 404, 406, 408, 410, 413, 429, 500, 503, 507, -2 })
        {
            var body = $"echo {TestPush.Host} secret-echo";
            var subscriber = push.Subscribe();
            secrets.AddRange([subscriber.Endpoint, new Uri(subscriber.Endpoint).AbsolutePath[6..], Base64Url.EncodeToString(subscriber.Keys.Secret.Span)]);
            if (status is not (200 or 201)) subscriber.Script.Enqueue(new ScriptedAnswer(status, status > 0 ? body : ""));
            await SendAsync(TestPush.Target(subscriber));

            hook.Answers.Enqueue(new ScriptedAnswer(status, status > 0 ? body : ""));
            await SendAsync(new PushTarget(PushChannel.Webhook, $"https://hook.example/in/{status}", "", ReadOnlyMemory<byte>.Empty, new byte[24]));

            var apple = push.Apple.AddDevice();
            secrets.Add(apple.Token);
            if (status != 201 && status != 200) apple.Script.Enqueue((status, status == 403 ? "InvalidProviderToken" : "Unknown", null));
            await SendAsync(TestPush.Target(apple, key));

            var google = push.Google.AddDevice();
            secrets.Add(google.Token);
            if (status is not (200 or 201)) google.Script.Enqueue(new ScriptedAnswer(status, status > 0 ? body : ""));
            await SendAsync(TestPush.Target(google, key));

            // Whatever was paused or broken by it is open again.
            push.Time.Advance(TimeSpan.FromHours(1.1));
        }
        await SendAsync(TestPush.Target(push.Subscribe("nobody.push.example")));
        push.Web.ForgetArrivals();
        var hanging = push.SendAsync(push.Subscribe(), ScriptedAnswer.Hang);
        await push.Web.ArrivalAsync(TestPush.Ct);
        push.Time.Advance(TimeSpan.FromSeconds(11));
        await hanging;
        push.Network.Addresses = (_, _) => [System.Net.IPAddress.Loopback];
        await SendAsync(TestPush.Target(push.Subscribe("b.push.example")));
        await SendAsync(TestPush.Target(push.Subscribe()) with { PublicKey = new byte[65] });
        await hook.DisposeAsync();

        var log = push.Log.Entries;
        Assert.NotEmpty(log);
        Assert.Superset(
            new HashSet<Type>
            {
                typeof(PushOutcome.Accepted), typeof(PushOutcome.Gone), typeof(PushOutcome.Strike), typeof(PushOutcome.RetryAfter), typeof(PushOutcome.TooMany), typeof(PushOutcome.HostPause),
                typeof(PushOutcome.CredentialFault), typeof(PushOutcome.OurBug), typeof(PushOutcome.Unheard),
            },
            seen);
        Assert.All(secrets.Append("secret-echo"), secret => Assert.All(log, entry => Assert.DoesNotContain(secret, entry.Text, StringComparison.OrdinalIgnoreCase)));

        async Task SendAsync(PushTarget target) => seen.Add((await push.SendAsync(target)).GetType());
    }

    [Theory]
    [InlineData(PushChannel.WebPush)]
    [InlineData(PushChannel.UnifiedPush)]
    [InlineData(PushChannel.Webhook)]
    [InlineData(PushChannel.Apns)]
    [InlineData(PushChannel.Fcm)]
    public async Task Strangers_are_not_told_of_the_trace_that_a_hint_belongs_to(PushChannel channel)
    {
        using var key = HintKey.Create();
        await using var push = await TestPush.StartAsync(apple: true, google: true);
        await using var hook = await WebhookEmulator.StartAsync();
        push.Network.Lead("hook.example", hook.Port);
        var target = channel switch
        {
            PushChannel.Webhook => new PushTarget(channel, "https://hook.example/in", "", ReadOnlyMemory<byte>.Empty, new byte[24]),
            PushChannel.Apns => TestPush.Target(push.Apple.AddDevice(), key),
            PushChannel.Fcm => TestPush.Target(push.Google.AddDevice(), key),
            _ => TestPush.Target(push.Subscribe(), channel),
        };

        using var activity = new Activity("hint").SetIdFormat(ActivityIdFormat.W3C).AddBaggage("log", "secret").Start();
        activity.TraceStateString = "secret=1";

        // The emulators refuse whoever tells.
        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(target));
    }

    [Fact]
    public void A_target_that_is_logged_tells_its_channel_alone() =>
        Assert.Equal("WebPush", new PushTarget(PushChannel.WebPush, "https://push.example/secret", "app", new byte[65], new byte[16]).ToString());
}
