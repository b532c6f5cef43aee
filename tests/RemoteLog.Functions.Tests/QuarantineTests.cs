using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Testing;
using static RemoteLog.Functions.Tests.TestService;

namespace RemoteLog.Functions.Tests;

/// <summary>The operator's routes.</summary>
public sealed class QuarantineTests : IAsyncLifetime
{
    private const string Key = "the-operators-secret", Route = "/api/v1/quarantine";

    private static readonly (string Name, string Value) Authorization = ("Authorization", $"Bearer {Key}");

    private readonly Device device = new();
    private TestService service = null!;

    public static TheoryData<string, string> Routes => new()
    {
        { "GET", Route }, { "GET", Route + "/1" }, { "POST", Route + "/1/replay" }, { "DELETE", Route + "/1" },
    };

    public async ValueTask InitializeAsync() => service = await StartAsync("--Operator:Key", Key);

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Without_a_key_of_the_service_nobody_is_an_operator(string method, string path)
    {
        await using var keyless = await StartAsync();

        await AssertProblemAsync(await keyless.SendAsync(new HttpMethod(method), path, Authorization), 403, "operator-key-not-set");
        await AssertProblemAsync(await keyless.SendAsync(new HttpMethod(method), path, ("Authorization", "Bearer ")), 403, "operator-key-not-set");
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Whoever_does_not_send_the_key_is_asked_for_it_and_changes_nothing(string method, string path)
    {
        await KeepAsync("rubbish"u8.ToArray(), "malformed-body");

        string?[] wrong = [null, "Bearer", "Bearer ", $"Bearer {Key}x", $"Bearer {Key[1..]}", $"Basic {Key}", Key, $"Bearer {Key.ToUpperInvariant()}"];
        foreach (var sent in wrong)
        {
            var response = await service.SendAsync(new HttpMethod(method), path, sent is null ? [] : [("Authorization", sent)]);

            Assert.DoesNotContain(Key, (await AssertProblemAsync(response, 401, "wrong-operator-key")).GetRawText());
            Assert.Equal("Bearer", Assert.Single(response.Headers.WwwAuthenticate).Scheme);
        }
        Assert.Single(await Storage.Quarantine.ListAsync(0, 10, default));
    }

    [Fact]
    public async Task Items_are_listed_and_their_bytes_are_there()
    {
        var bytes = A.Bytes(1000);
        await KeepAsync(bytes, "malformed-body", log: null);
        await KeepAsync(device.Write("one"), "gap");

        var list = await ListAsync();
        var response = await SendAsync(HttpMethod.Get, "/1");

        Assert.False(list.GetProperty("more").GetBoolean());
        var (first, second) = (list.GetProperty("items")[0], list.GetProperty("items")[1]);
        Assert.Equal(("1", "malformed-body", "1000"), (Text(first, "id"), Text(first, "reason"), Text(first, "size")));
        Assert.Equal(A.Moment, first.GetProperty("at").GetDateTimeOffset());
        Assert.False(first.TryGetProperty("log", out _));
        Assert.Equal(("2", "gap", $"{device.Log}"), (Text(second, "id"), Text(second, "reason"), Text(second, "log")));
        Assert.Equal("application/octet-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.True(response.Headers.CacheControl?.NoStore);
        Assert.Equal(bytes, await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Many_items_are_listed_page_by_page()
    {
        for (var i = 0; i < 101; i++) await KeepAsync(BitConverter.GetBytes(i), "malformed-body");

        var (first, second) = (await ListAsync(), await ListAsync("?after=100"));

        Assert.Equal((100, true), (first.GetProperty("items").GetArrayLength(), first.GetProperty("more").GetBoolean()));
        Assert.Equal((1, false), (second.GetProperty("items").GetArrayLength(), second.GetProperty("more").GetBoolean()));
        await AssertProblemAsync(await SendAsync(HttpMethod.Get, "?after=x"), 400, "invalid-parameter");
    }

    [Fact]
    public async Task A_replay_is_answered_like_an_upload_and_only_success_empties_the_quarantine()
    {
        var first = device.Write("one");
        await KeepAsync(device.Write("two"), "gap");

        var problem = await AssertProblemAsync(await SendAsync(HttpMethod.Post, "/1/replay"), 409, "gap");
        Assert.Equal(JsonValueKind.Null, problem.GetProperty("head").ValueKind);
        await service.AppendAsync(device, first);
        var response = await SendAsync(HttpMethod.Post, "/1/replay");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("\"2.0.0-j\"", response.Headers.ETag?.Tag);
        Assert.Equal("2", Text(JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement, "sequence"));
        await AssertProblemAsync(await SendAsync(HttpMethod.Post, "/1/replay"), 404, "not-quarantined");
        Assert.Equal(0, (await ListAsync()).GetProperty("items").GetArrayLength());
    }

    [Theory]
    [InlineData("rubbish", 400, "malformed-body")]
    [InlineData("content:rubbish", 400, "invalid-address")]
    [InlineData("content:bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", 422, "unknown-content")]
    public async Task What_cannot_be_replayed_stays(string message, int status, string problem)
    {
        await KeepAsync(System.Text.Encoding.ASCII.GetBytes(message), "gap");

        await AssertProblemAsync(await SendAsync(HttpMethod.Post, "/1/replay"), status, problem);

        Assert.Equal(1, (await ListAsync()).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task A_dropped_item_is_gone()
    {
        await KeepAsync("rubbish"u8.ToArray(), "malformed-body");

        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(HttpMethod.Delete, "/1")).StatusCode);

        await AssertProblemAsync(await SendAsync(HttpMethod.Delete, "/1"), 404, "not-quarantined");
        await AssertProblemAsync(await SendAsync(HttpMethod.Get, "/1"), 404, "not-quarantined");
    }

    [Theory]
    [InlineData("/0")]
    [InlineData("/-1")]
    [InlineData("/seventeen")]
    [InlineData("/99999999999999999999")]
    public async Task An_id_that_is_none_names_nothing(string id)
    {
        await AssertProblemAsync(await SendAsync(HttpMethod.Get, id), 404, "not-quarantined");
        await AssertProblemAsync(await SendAsync(HttpMethod.Post, id + "/replay"), 404, "not-quarantined");
        await AssertProblemAsync(await SendAsync(HttpMethod.Delete, id), 404, "not-quarantined");
    }

    private LogStorage Storage => service.Services.GetRequiredService<LogStorage>();

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, string path) => service.SendAsync(method, Route + path, Authorization);

    private async Task<JsonElement> ListAsync(string query = "") =>
        JsonDocument.Parse(await (await SendAsync(HttpMethod.Get, query)).Content.ReadAsStringAsync()).RootElement;

    private Task KeepAsync(byte[] bytes, string reason) => KeepAsync(bytes, reason, device.Log);

    private async Task KeepAsync(byte[] bytes, string reason, LogName? log) =>
        await Storage.Quarantine.AddAsync(bytes, log?.ToString(), reason, A.Moment, default);
}
