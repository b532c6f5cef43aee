using System.Net;
using System.Text.Json;
using static RemoteLog.Functions.Tests.TestService;

namespace RemoteLog.Functions.Tests;

/// <summary>The service looks at itself, for its operator alone.</summary>
public sealed class ChecksTests
{
    private const string Key = "the-operators-secret", Route = "/api/v1/checks";

    [Fact]
    public async Task Without_an_operator_key_nobody_is_told()
    {
        await using var service = await StartAsync();

        await AssertProblemAsync(await service.GetAsync(Route, ("Authorization", $"Bearer {Key}")), 403, "operator-key-not-set");
    }

    [Fact]
    public async Task Without_the_operators_key_a_stranger_is_not_told()
    {
        await using var service = await StartAsync("--Operator:Key", Key);

        await AssertProblemAsync(await service.GetAsync(Route), 401, "wrong-operator-key");
    }

    [Fact]
    public async Task Each_check_says_how_it_ended_what_it_found_and_how_long_it_took()
    {
        await using var service = await StartAsync("--Operator:Key", Key, "--Push:Vapid:Subject", "mailto:ops@logs.example");

        var response = await service.GetAsync(Route, ("Authorization", $"Bearer {Key}"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(response.Headers.CacheControl!.NoStore);
        var checks = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("checks").EnumerateArray().ToList();
        Assert.Equal(checks.Count, checks.Select(check => check.GetProperty("name").GetString()).Distinct().Count());
        Assert.All(checks, check =>
        {
            Assert.Equal(IsUnset(check) ? "skipped" : "ok", check.GetProperty("status").GetString());
            Assert.NotEmpty(check.GetProperty("detail").GetString()!);
            Assert.True(check.GetProperty("milliseconds").GetDouble() >= 0);
        });
    }

    /// <summary>Swarm is not used unless the settings name a node.</summary>
    private static bool IsUnset(JsonElement check) => check.GetProperty("name").GetString() is "apns" or "fcm" or "bee" or "postage" or "swarm" or "mirror";

    [Fact]
    public async Task Looking_leaves_nothing_behind()
    {
        await using var service = await StartAsync("--Operator:Key", Key);

        await service.GetAsync(Route, ("Authorization", $"Bearer {Key}"));

        Assert.Empty(Directory.EnumerateFiles(Path.Combine(service.DataFolder, "content"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_functions_app_whose_data_goes_with_the_instance_is_warned()
    {
        await using var service = await StartAsync("--Operator:Key", Key, "--FUNCTIONS_CUSTOMHANDLER_PORT", "0");

        var answer = await (await service.GetAsync(Route, ("Authorization", $"Bearer {Key}"))).Content.ReadAsStringAsync();

        var settings = JsonDocument.Parse(answer).RootElement.GetProperty("checks").EnumerateArray().Single(check => check.GetProperty("name").GetString() == "settings");
        Assert.Equal("warning", settings.GetProperty("status").GetString());
        Assert.Contains("Storage:Accounts", settings.GetProperty("advice").GetString());
    }

    [Fact]
    public async Task A_probe_is_told_the_version()
    {
        await using var service = await StartAsync();

        var live = JsonDocument.Parse(await service.Http.GetStringAsync("/api/health/live")).RootElement;

        Assert.Equal("ok", live.GetProperty("status").GetString());
        Assert.Matches(@"^\d+\.\d+\.\d+", live.GetProperty("version").GetString());
    }
}
