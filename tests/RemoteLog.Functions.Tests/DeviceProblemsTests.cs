using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Server.Wake;
using RemoteLog.Testing;
using static RemoteLog.Functions.Tests.TestService;

namespace RemoteLog.Functions.Tests;

/// <summary>Each problem that is described for a route of devices, provoked in JSON as curl sends it: it says what to do, and nothing is changed.</summary>
public sealed partial class DeviceProblemsTests : IAsyncLifetime
{
    /// <summary>What no request brings about by itself.</summary>
    private static readonly string[] OfTheService = ["busy", "internal", "storage-unavailable"];

    private readonly FakeTimeProvider time = new(A.Moment);
    private readonly RecordedPush push;
    private readonly Phone phone = new(), stranger = new();
    private readonly LogName followed = new Device().Log, crowded = new Device().Log;
    private TestService service = null!;

    public DeviceProblemsTests() => push = new RecordedPush(time);

    public async ValueTask InitializeAsync()
    {
        service = await StartAsync(
            time,
            services => services.AddSingleton<IPushService>(push).AddSingleton(new PushSetup(
                new PushOffer("the-key", ["webpush", "webhook"]), target => target.Endpoint.Contains("forbidden", StringComparison.Ordinal) ? "Not there." : null)),
            "--Triggers:PollMilliseconds", "600000", "--Push:Follows", "2", "--Push:Followers", "1", "--Push:RegistrationsPerHour", "3");
        var other = new Phone();
        await AcceptAsync(HttpMethod.Put, other, "", other.Register());
        await AcceptAsync(HttpMethod.Put, other, "/follows", other.Follow(crowded));
        await AcceptAsync(HttpMethod.Put, phone, "", phone.Register());
        await AcceptAsync(HttpMethod.Put, phone, "/follows", phone.Follow(followed));
    }

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Theory]
    [InlineData("PUT", "")]
    [InlineData("DELETE", "")]
    [InlineData("PUT", "/follows")]
    [InlineData("DELETE", "/follows")]
    [InlineData("POST", "/seen")]
    [InlineData("POST", "/confirm")]
    public async Task Each_described_problem_of_a_route_says_what_to_do_and_changes_nothing(string method, string route)
    {
        var (verb, path) = (HttpMethod.Parse(method), phone.Path + route);
        var (before, provoked) = (await StateAsync(), new SortedSet<string>(StringComparer.Ordinal));
        var isSigned = route != "/confirm";

        async Task ProvokeAsync(int status, string name, HttpRequestMessage request, string? words = null)
        {
            var problem = await AssertProblemAsync(await service.Http.SendAsync(request), status, name);
            if (words is not null) Assert.Contains(words, problem.GetProperty("detail").GetString()!, StringComparison.Ordinal);
            Assert.Equal(before, await StateAsync());
            provoked.Add(name);
        }

        await ProvokeAsync(400, "malformed-body", Request(verb, path, "{\"signature\":\"!\"}"), "in JSON");
        await ProvokeAsync(400, "malformed-body", Request(verb, path, "{}"));
        await ProvokeAsync(400, "invalid-device", Request(verb, "/api/v1/devices/nobody" + route, Valid()));
        await ProvokeAsync(406, "not-acceptable", Request(verb, path, Valid(), accept: "text/html"));
        await ProvokeAsync(413, "body-too-large", Request(verb, path, new string(' ', DeviceStatement.MaxLength * 2 + 1)), "At most");
        await ProvokeAsync(415, "unsupported-content-type", Request(verb, path, Valid(), type: "text/plain"));
        if (method != "PUT" || route.Length > 0) await ProvokeAsync(404, "unknown-device", Request(verb, stranger.Path + route, Valid(stranger)));
        if (isSigned)
        {
            await ProvokeAsync(400, "malformed-body", Request(verb, path, Text(phone.AskStatus())), "says ");
            await ProvokeAsync(400, "wrong-device", Request(verb, path, Valid(stranger)));
            await ProvokeAsync(403, "bad-device-signature", Request(verb, path, Text(Statement(phone) with { Signature = Statement(stranger).Signature })), "ECDSA-SHA-256");
            phone.Number = 0;
            await ProvokeAsync(409, "stale-number", Request(verb, path, Valid()), "The newest is 2.");
            phone.Number = 100;
        }
        else
        {
            await ProvokeAsync(403, "wrong-token", Request(verb, path, Valid()));
        }
        if (method == "PUT" && route == "")
        {
            await ProvokeAsync(422, "channel-not-offered", Request(verb, path, Text(phone.Sign(Registration() with { Channel = "apns" }))), "It wakes by webpush, webhook.");
            await ProvokeAsync(422, "invalid-target", Request(verb, path, Text(phone.Sign(Registration() with { Endpoint = "https://forbidden.example/" }))), "Not there.");
            await ProvokeAsync(422, "invalid-target", Request(verb, path, Text(phone.Sign(Registration() with { Secret = new byte[3] }))), "16 bytes");
            for (var i = 1; i < 3; i++) await AcceptAsync(verb, phone, route, phone.Register());
            before = await StateAsync();
            await ProvokeAsync(429, "too-many-registrations", Request(verb, path, Valid()), "3600 seconds");
        }
        if (method == "PUT" && route == "/follows")
        {
            var refused = await AssertProblemAsync(await service.Http.SendAsync(Request(verb, path, Text(phone.Follow(crowded)))), 422, "too-many-followers");
            provoked.Add("too-many-followers");
            Assert.Contains("ask for its head", refused.GetProperty("title").GetString()!, StringComparison.Ordinal);
            Assert.Equal(before.Follows, (await StateAsync()).Follows);
            await AcceptAsync(verb, phone, route, phone.Follow(new Device().Log));
            before = await StateAsync();
            await ProvokeAsync(422, "too-many-follows", Request(verb, path, Text(phone.Follow(new Device().Log))));
        }

        Assert.Equal(await DescribedAsync(method, "/api/v1/devices/{device}" + route), provoked);

        DeviceStatement.Register Registration() => (DeviceStatement.Register)phone.Register();

        string Valid(Phone? by = null) => isSigned ? Text(Statement(by ?? phone)) : """{"token":"another"}""";

        DeviceStatement Statement(Phone by) => (method, route) switch
        {
            ("PUT", "") => by.Register(),
            ("DELETE", "") => by.Unregister(),
            ("PUT", _) => by.Follow(followed),
            ("DELETE", _) => by.Unfollow(followed),
            _ => by.Seen((followed, 7)),
        };
    }

    [Fact]
    public async Task Each_described_problem_of_asking_how_a_device_stands_changes_nothing()
    {
        var (before, provoked) = (await StateAsync(), new SortedSet<string>(StringComparer.Ordinal));

        async Task ProvokeAsync(int status, string name, string path, string? authorization, string accept = "application/json")
        {
            (string, string)[] headers = authorization is null ? [("Accept", accept)] : [("Accept", accept), ("Authorization", authorization)];
            await AssertProblemAsync(await service.GetAsync(path, headers), status, name);
            Assert.Equal(before, await StateAsync());
            provoked.Add(name);
        }

        await ProvokeAsync(400, "malformed-body", phone.Path, "RemoteLog !");
        await ProvokeAsync(400, "malformed-body", phone.Path, $"RemoteLog {new string('A', 20_000)}");
        await ProvokeAsync(400, "invalid-device", "/api/v1/devices/nobody", Credential(phone.AskStatus()));
        await ProvokeAsync(400, "wrong-device", phone.Path, Credential(stranger.AskStatus()));
        await ProvokeAsync(401, "unsigned-request", phone.Path, null);
        await ProvokeAsync(401, "unsigned-request", phone.Path, "Bearer key");
        await ProvokeAsync(403, "bad-device-signature", phone.Path, Credential(phone.AskStatus() with { Signature = default }));
        await ProvokeAsync(404, "unknown-device", stranger.Path, Credential(stranger.AskStatus()));
        await ProvokeAsync(406, "not-acceptable", phone.Path, Credential(phone.AskStatus()), "text/html");
        phone.Number = 0;
        await ProvokeAsync(409, "stale-number", phone.Path, Credential(phone.AskStatus()));

        Assert.Equal(await DescribedAsync("GET", "/api/v1/devices/{device}"), provoked);
    }

    private static string Text(DeviceStatement statement) => Json.From(MessageKind.DeviceStatement, statement.ToArray());

    private static string Credential(DeviceStatement statement) => $"RemoteLog {Base64Url.EncodeToString(statement.ToArray())}";

    private static HttpRequestMessage Request(HttpMethod method, string path, string body, string type = "application/json", string accept = "application/json") =>
        new(method, path)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue(type) } },
            Headers = { Accept = { new MediaTypeWithQualityHeaderValue(accept) } },
        };

    [GeneratedRegex("`([a-z-]+)`:")]
    private static partial Regex NameOfProblem();

    private async Task AcceptAsync(HttpMethod method, Phone by, string route, DeviceStatement statement)
    {
        var response = await service.Http.SendAsync(Request(method, by.Path + route, Text(statement)));
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>All that is kept of the phone.</summary>
    private async Task<(string State, string Follows)> StateAsync()
    {
        var (devices, id) = (service.Services.GetRequiredService<LogStorage>().Devices, DeviceState.IdOf(phone.Owner));
        var follows = await devices.ReadFollowsAsync(id, default);
        return (
            JsonSerializer.Serialize((await devices.FindAsync([id], default))[0]!.State),
            string.Join(' ', follows.Select(each => $"{each.Log} {each.Tag}").Order(StringComparer.Ordinal)));
    }

    /// <summary>Problems that the description names for a route, but for those that are the service's own.</summary>
    private async Task<IEnumerable<string>> DescribedAsync(string method, string path) =>
        JsonDocument.Parse(await service.Http.GetStringAsync("/api/openapi/v1.json")).RootElement.GetProperty("paths").GetProperty(path)
            .GetProperty(method.ToLowerInvariant()).GetProperty("responses").EnumerateObject()
            .SelectMany(response => NameOfProblem().Matches(response.Value.GetProperty("description").GetString()!))
            .Select(match => match.Groups[1].Value).Except(OfTheService).Order(StringComparer.Ordinal);
}
