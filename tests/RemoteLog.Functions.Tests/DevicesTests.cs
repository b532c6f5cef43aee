using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using RemoteLog.Functions.Operations;
using RemoteLog.Protocol;
using RemoteLog.Server.Wake;
using RemoteLog.Testing;
using static RemoteLog.Functions.Tests.TestService;

namespace RemoteLog.Functions.Tests;

/// <summary>Devices over HTTP, up to the hints they get.</summary>
public sealed class DevicesTests : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new(A.Moment);
    private readonly RecordedPush push;
    private readonly Device writer = new();
    private readonly Phone phone = new();
    private TestService service = null!;

    public DevicesTests() => push = new RecordedPush(time);

    public async ValueTask InitializeAsync() => service = await StartWithPushAsync();

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Theory]
    [InlineData(Protobuf)]
    [InlineData("application/json")]
    public async Task A_device_registers_confirms_follows_and_is_woken_until_it_leaves(string format)
    {
        var registered = await StatusAsync(await SendAsync(HttpMethod.Put, "", phone.Register(), format), format);
        await PumpAsync();
        Assert.Equal(("webpush", false), (registered.Channel, registered.Confirmed));

        Assert.True((await StatusAsync(await ConfirmAsync(push.Sent[0].Hint.Token!, format), format)).Confirmed);
        Assert.Equal([phone.TagOf(writer.Log)], (await StatusAsync(await SendAsync(HttpMethod.Put, "/follows", phone.Follow(writer.Log), format), format)).Follows);
        push.Clear();

        Assert.Equal(HttpStatusCode.OK, (await service.AppendAsync(writer, writer.Write("news"))).StatusCode);
        await PassAsync(60);
        Assert.Equal([new MovedTag(phone.TagOf(writer.Log), 1)], Assert.Single(push.Sent).Hint.Moved);

        await SendAsync(HttpMethod.Post, "/seen", phone.Seen((writer.Log, 2)), format);
        await service.AppendAsync(writer, writer.Write("known"));
        await PassAsync(120);
        Assert.Single(push.Sent);

        Assert.Empty((await StatusAsync(await SendAsync(HttpMethod.Delete, "/follows", phone.Unfollow(writer.Log), format), format)).Follows);
        Assert.Equal(string.Empty, (await StatusAsync(await SendAsync(HttpMethod.Delete, "", phone.Unregister(), format), format)).Channel);
    }

    [Fact]
    public async Task How_a_device_stands_is_told_to_the_device_alone()
    {
        await SendAsync(HttpMethod.Put, "", phone.Register());
        await SendAsync(HttpMethod.Put, "/follows", phone.Follow(writer.Log));

        var response = await GetAsync(phone.AskStatus());

        var status = await StatusAsync(response, "application/json");
        Assert.Equal((phone.Owner, phone.Number, "webpush"), (status.Device, status.Number, status.Channel));
        Assert.Equal([phone.TagOf(writer.Log)], status.Follows);
        Assert.True(response.Headers.CacheControl?.NoStore);
        var unsigned = await service.GetAsync(phone.Path);
        await AssertProblemAsync(unsigned, 401, "unsigned-request");
        Assert.Equal("RemoteLog", Assert.Single(unsigned.Headers.WwwAuthenticate).Scheme);
        await AssertProblemAsync(await GetAsync(new Phone().AskStatus()), 400, "wrong-device");
        await AssertProblemAsync(await GetAsync(phone.AskStatus() with { Signature = default }), 403, "bad-device-signature");
        await AssertProblemAsync(await service.GetAsync(phone.Path, ("Authorization", "RemoteLog !")), 400, "malformed-body");
        await AssertProblemAsync(await GetAsync(phone.Unregister()), 400, "malformed-body");
    }

    [Fact]
    public async Task Whoever_has_the_log_but_not_the_key_learns_nothing_of_its_followers()
    {
        await SendAsync(HttpMethod.Put, "", phone.Register());
        await SendAsync(HttpMethod.Put, "/follows", phone.Follow(writer.Log));
        var stranger = new Phone();

        await AssertProblemAsync(await SendAsync(HttpMethod.Put, "/follows", stranger.Follow(writer.Log)), 400, "wrong-device");
        await AssertProblemAsync(await SendAsync(HttpMethod.Post, "/seen", stranger.Seen(), path: stranger.Path), 404, "unknown-device");
    }

    [Fact]
    public async Task A_number_that_was_used_is_refused_with_the_newest()
    {
        var register = phone.Register();
        await SendAsync(HttpMethod.Put, "", register);
        await SendAsync(HttpMethod.Put, "/follows", phone.Follow(writer.Log));

        var problem = await AssertProblemAsync(await SendAsync(HttpMethod.Put, "", register), 409, "stale-number");

        Assert.Equal("2", problem.GetProperty("number").GetString());
    }

    [Fact]
    public async Task Each_route_takes_its_own_statement_only()
    {
        await AssertProblemAsync(await SendAsync(HttpMethod.Put, "", phone.Unregister()), 400, "malformed-body");
        await AssertProblemAsync(await SendAsync(HttpMethod.Delete, "", phone.Register()), 400, "malformed-body");
        await AssertProblemAsync(await SendAsync(HttpMethod.Put, "/follows", phone.Unfollow(writer.Log)), 400, "malformed-body");
        await AssertProblemAsync(await SendAsync(HttpMethod.Delete, "/follows", phone.Follow(writer.Log)), 400, "malformed-body");
        await AssertProblemAsync(await SendAsync(HttpMethod.Post, "/seen", phone.AskStatus()), 400, "malformed-body");
    }

    [Fact]
    public async Task What_cannot_be_done_says_so()
    {
        await AssertProblemAsync(await SendAsync(HttpMethod.Put, "/follows", phone.Follow(writer.Log)), 404, "unknown-device");
        await AssertProblemAsync(await SendAsync(HttpMethod.Put, "", phone.Register() with { Signature = default }), 403, "bad-device-signature");
        await AssertProblemAsync(await SendAsync(HttpMethod.Put, "", new Phone("apns").Register(), path: "/api/v1/devices/nobody"), 400, "invalid-device");
        var apple = new Phone("apns");
        await AssertProblemAsync(await SendAsync(HttpMethod.Put, "", apple.Register(), path: apple.Path), 422, "channel-not-offered");
        var forbidden = new Phone { Endpoint = "https://forbidden.example/" };
        var problem = await AssertProblemAsync(await SendAsync(HttpMethod.Put, "", forbidden.Register(), path: forbidden.Path), 422, "invalid-target");
        Assert.Equal("not there", problem.GetProperty("detail").GetString());

        await SendAsync(HttpMethod.Put, "", phone.Register());
        await AssertProblemAsync(await ConfirmAsync("another"), 403, "wrong-token");
        await AssertProblemAsync(await service.PostAsync(phone.Path + "/confirm", []), 400, "malformed-body");
        await AssertProblemAsync(await service.PostAsync(phone.Path + "/seen", [], "text/plain"), 415, "unsupported-content-type");
        await AssertProblemAsync(await service.PostAsync(phone.Path + "/seen", "{"u8.ToArray(), "application/json"), 400, "malformed-body");
        await AssertProblemAsync(await service.PostAsync(phone.Path + "/seen", new byte[70_000]), 413, "body-too-large");
    }

    [Fact]
    public async Task Limits_say_so()
    {
        await using var small = await StartWithPushAsync("--Push:Follows", "1", "--Push:Followers", "1", "--Push:RegistrationsPerHour", "2");
        var other = new Phone();
        await SendAsync(HttpMethod.Put, "", phone.Register(), to: small);
        await SendAsync(HttpMethod.Put, "", other.Register(), to: small, path: other.Path);
        await SendAsync(HttpMethod.Put, "/follows", phone.Follow(writer.Log), to: small);

        await AssertProblemAsync(await SendAsync(HttpMethod.Put, "/follows", phone.Follow(new Device().Log), to: small), 422, "too-many-follows");
        await AssertProblemAsync(await SendAsync(HttpMethod.Put, "/follows", other.Follow(writer.Log), to: small, path: other.Path), 422, "too-many-followers");
        await SendAsync(HttpMethod.Put, "", phone.Register(), to: small);
        var refused = await SendAsync(HttpMethod.Put, "", phone.Register(), to: small);
        await AssertProblemAsync(refused, 429, "too-many-registrations");
        Assert.Equal(TimeSpan.FromHours(1), refused.Headers.RetryAfter?.Delta);
        Assert.Contains("3600 seconds", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_service_says_how_it_can_wake_devices()
    {
        var offer = JsonDocument.Parse(await service.Http.GetStringAsync("/api/v1/push")).RootElement;
        Assert.Equal("the-key", offer.GetProperty("vapidPublicKey").GetString());
        Assert.Equal(["webpush", "webhook"], offer.GetProperty("channels").EnumerateArray().Select(channel => channel.GetString()));
    }

    [Fact]
    public async Task A_service_without_push_says_so_and_works()
    {
        await using var silent = await StartAsync(time, services => services.AddSingleton(PushSetup.None).AddSingleton<IPushService, NoPush>());

        Assert.Equal("{ }", await silent.Http.GetStringAsync("/api/v1/push"));
        var problem = await AssertProblemAsync(await SendAsync(HttpMethod.Put, "", phone.Register(), to: silent), 422, "channel-not-offered");
        Assert.Contains("Push:Vapid:Key", problem.GetProperty("detail").GetString()!, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await silent.AppendAsync(writer, writer.Write("news"))).StatusCode);
    }

    [Fact]
    public async Task The_key_that_seals_targets_is_made_once_and_only_for_its_user()
    {
        var path = Path.Combine(service.DataFolder, "device-key");

        Assert.Equal(32, Convert.FromBase64String(await File.ReadAllTextAsync(path)).Length);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Theory]
    [InlineData("--Devices:Key", "short")]
    [InlineData("--Devices:Key", "AAAA")]
    [InlineData("--Devices:PreviousKey", "AAAA")]
    [InlineData("--Push:Pace:Apns:GapSeconds", "0")]
    [InlineData("--Push:Follows", "501")]
    public async Task A_setting_that_makes_no_sense_is_refused(string name, string value) =>
        await Assert.ThrowsAsync<InvalidSettingException>(() => StartAsync(name, value));

    [Fact]
    public async Task Azure_storage_needs_keys_that_all_instances_share()
    {
        using var key = SigningKey.Create();

        var thrown = await Assert.ThrowsAsync<InvalidSettingException>(() => StartAsync("--Storage:Accounts", "one", "--Receipts:Key", key.ToPem()));

        Assert.Contains("Devices:Key", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_that_is_slow_keeps_others_from_nothing()
    {
        var (hook, release) = (new Phone("webhook"), new TaskCompletionSource());
        foreach (var each in new[] { phone, hook })
        {
            await SendAsync(HttpMethod.Put, "", each.Register(), path: each.Path);
            await PumpAsync();
            await service.PostAsync(each.Path + "/confirm", new Confirmation(push.SentTo(each.Endpoint)[^1].Hint.Token!).ToArray());
            await SendAsync(HttpMethod.Put, "/follows", each.Follow(writer.Log), path: each.Path);
        }
        time.Advance(TimeSpan.FromMinutes(2));
        push.Clear();
        await service.AppendAsync(writer, writer.Write("news"));
        var pump = service.Services.GetRequiredService<JobPump>();
        for (var i = 0; i < 3; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await pump.PumpAsync(HintWorker.Queue, default);
        }
        time.Advance(TimeSpan.FromSeconds(10));
        push.Meanwhile = sent => sent.Target.Channel == PushChannel.Webhook ? release.Task : Task.CompletedTask;

        var slow = pump.PumpAsync("wake-webhook", default).AsTask();
        await pump.PumpAsync("wake-webpush", default);

        Assert.Single(push.SentTo(phone.Endpoint));
        Assert.False(slow.IsCompleted);
        release.SetResult();
        await slow;
        Assert.Single(push.SentTo(hook.Endpoint));
    }

    private Task<TestService> StartWithPushAsync(params string[] settings) => StartAsync(
        time,
        services => services
            .AddSingleton<IPushService>(push)
            .AddSingleton(new PushSetup(
                new PushOffer("the-key", ["webpush", "webhook"]), target => target.Endpoint.Contains("forbidden", StringComparison.Ordinal) ? "not there" : null)),

        // Only the test pumps: what the service took by itself at some moment would not be done yet when the test looks.
        ["--Triggers:PollMilliseconds", "600000", .. settings]);

    private Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string route, DeviceStatement statement, string format = Protobuf, TestService? to = null, string? path = null)
    {
        var bytes = statement.ToArray();
        var content = new ByteArrayContent(format == Protobuf ? bytes : Encoding.UTF8.GetBytes(Json.From(MessageKind.DeviceStatement, bytes)));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(format);
        return (to ?? service).Http.SendAsync(new HttpRequestMessage(method, (path ?? phone.Path) + route) { Content = content });
    }

    private Task<HttpResponseMessage> ConfirmAsync(string token, string format = Protobuf)
    {
        var bytes = new Confirmation(token).ToArray();
        return service.PostAsync(phone.Path + "/confirm", format == Protobuf ? bytes : Encoding.UTF8.GetBytes(Json.From(MessageKind.Confirmation, bytes)), format);
    }

    private Task<HttpResponseMessage> GetAsync(DeviceStatement statement) =>
        service.GetAsync(phone.Path, ("Authorization", $"RemoteLog {Base64Url.EncodeToString(statement.ToArray())}"));

    private static async Task<DeviceStatus> StatusAsync(HttpResponseMessage response, string format)
    {
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        var bytes = await response.Content.ReadAsByteArrayAsync();
        if (format != Protobuf) Assert.True(Json.TryRead(MessageKind.DeviceStatus, Encoding.UTF8.GetString(bytes), out bytes!));
        Assert.True(DeviceStatus.TryParse(bytes, out var status));
        return status;
    }

    private async Task PumpAsync() => await service.Services.GetRequiredService<JobPump>().PumpAsync(default);

    private async Task PassAsync(int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await PumpAsync();
        }
    }
}
