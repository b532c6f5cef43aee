using System.Text.Json;
using RemoteLog.Protocol;
using RemoteLog.Push.Emulators;
using RemoteLog.Server.Wake;
using RemoteLog.Testing;

namespace RemoteLog.Push.Tests;

public sealed class WebhookTests
{
    private static readonly byte[] Secret = A.Bytes(32, seed: 3);
    private static readonly byte[] OldSecret = A.Bytes(24, seed: 4);

    [Theory]
    [InlineData(200)]
    [InlineData(201)]
    [InlineData(202)]
    [InlineData(204)]
    public async Task A_2xx_is_success(int status)
    {
        await using var test = await Receiver.StartAsync();

        Assert.IsType<PushOutcome.Accepted>(await test.SendAsync(new ScriptedAnswer(status)));
    }

    public static TheoryData<int, string?, PushOutcome> Answers() => new()
    {
        { 410, null, new PushOutcome.Gone(null) },
        { 429, "7", new PushOutcome.HostPause(TimeSpan.FromSeconds(7)) },
        { 429, null, new PushOutcome.HostPause(TimeSpan.FromSeconds(60)) },
        { 502, null, new PushOutcome.HostPause(TimeSpan.FromSeconds(60)) },
        { 504, "7", new PushOutcome.HostPause(TimeSpan.FromSeconds(7)) },
        { 408, null, new PushOutcome.RetryAfter(null) },
        { 500, null, new PushOutcome.RetryAfter(null) },
        { 503, "9", new PushOutcome.RetryAfter(TimeSpan.FromSeconds(9)) },
        { 301, null, new PushOutcome.Strike("answered 301") },
        { 307, null, new PushOutcome.Strike("answered 307") },
        { 400, null, new PushOutcome.Strike("answered 400") },
        { 401, null, new PushOutcome.Strike("answered 401") },
        { 404, null, new PushOutcome.Strike("answered 404") },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task An_answer_means_what_the_specification_says(int status, string? retryAfter, PushOutcome expected)
    {
        await using var test = await Receiver.StartAsync();

        Assert.Equal(expected, await test.SendAsync(new ScriptedAnswer(status) { RetryAfter = retryAfter }));
    }

    [Fact]
    public async Task A_receiver_may_take_fifteen_seconds()
    {
        await using var test = await Receiver.StartAsync();
        var sending = test.SendAsync(ScriptedAnswer.Hang);
        await test.Hook.ArrivalAsync(TestPush.Ct);

        test.Push.Time.Advance(TimeSpan.FromSeconds(14.9));
        Assert.False(sending.IsCompleted);
        test.Push.Time.Advance(TimeSpan.FromSeconds(0.2));

        Assert.Equal(new PushOutcome.RetryAfter(null), await sending);
    }

    [Fact]
    public async Task The_body_is_the_hint_in_plain_JSON_and_the_id_stays_over_retries_though_the_time_does_not()
    {
        await using var test = await Receiver.StartAsync();
        await test.SendAsync(new ScriptedAnswer(500));
        test.Push.Time.Advance(TimeSpan.FromSeconds(10));
        await test.SendAsync(new ScriptedAnswer(204));

        var (first, second) = (test.Hook.Calls[0], test.Hook.Calls[1]);
        Assert.True(HintText.TryRead(second.Body, out var hint));
        Assert.Equal(TestPush.Message().Hint.Moved, hint.Moved);
        Assert.Equal((byte)'}', second.Body[^1]);
        Assert.Equal("application/json", second.Headers["content-type"]);
        Assert.Equal(first.Headers["webhook-id"], second.Headers["webhook-id"]);
        Assert.Equal(10, long.Parse(second.Headers["webhook-timestamp"]) - long.Parse(first.Headers["webhook-timestamp"]));
    }

    [Fact]
    public async Task An_independent_receiver_takes_the_signature()
    {
        await using var test = await Receiver.StartAsync(TimeProvider.System.GetUtcNow());
        await test.SendAsync(new ScriptedAnswer(204));

        Assert.Equal(1, (await test.VerifyAsync(Secret)).GetProperty("v").GetInt32());
    }

    [Fact]
    public async Task While_a_secret_changes_either_verifies_and_no_other_does()
    {
        await using var test = await Receiver.StartAsync(TimeProvider.System.GetUtcNow());
        await test.SendAsync(new ScriptedAnswer(204), OldSecret);

        Assert.True((await test.VerifyAsync(Secret)).TryGetProperty("v", out _));
        Assert.True((await test.VerifyAsync(OldSecret)).TryGetProperty("v", out _));
        Assert.True((await test.VerifyAsync(A.Bytes(32, seed: 5))).TryGetProperty("refused", out _));
    }

    [Theory]
    [InlineData(23)]
    [InlineData(65)]
    [InlineData(0)]
    public async Task Without_a_proper_secret_nothing_is_sent(int length)
    {
        await using var test = await Receiver.StartAsync();

        Assert.IsType<PushOutcome.Strike>(await test.Push.SendAsync(test.Target with { Secret = new byte[length] }));
        Assert.Empty(test.Hook.Calls);
    }

    private sealed class Receiver(TestPush push, WebhookEmulator hook) : IAsyncDisposable
    {
        public TestPush Push => push;

        public WebhookEmulator Hook => hook;

        public PushTarget Target { get; } = new(PushChannel.Webhook, "https://hook.example/in?x=1", string.Empty, ReadOnlyMemory<byte>.Empty, Secret);

        public static async Task<Receiver> StartAsync(DateTimeOffset? start = null)
        {
            var push = await TestPush.StartAsync(start: start);
            var hook = await WebhookEmulator.StartAsync();
            push.Network.Lead("hook.example", hook.Port);
            return new Receiver(push, hook);
        }

        public Task<PushOutcome> SendAsync(ScriptedAnswer answer, byte[]? oldSecret = null)
        {
            hook.Answers.Enqueue(answer);
            return push.SendAsync(Target with { OldSecret = oldSecret });
        }

        public Task<JsonElement> VerifyAsync(byte[] secret)
        {
            var call = hook.Calls[^1];
            return Peer.RunAsync("webhook", new { secret = $"whsec_{Convert.ToBase64String(secret)}", headers = call.Headers, body = System.Text.Encoding.UTF8.GetString(call.Body) });
        }

        public async ValueTask DisposeAsync()
        {
            await push.DisposeAsync();
            await hook.DisposeAsync();
        }
    }
}
