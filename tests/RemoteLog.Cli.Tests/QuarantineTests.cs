using System.Text.Json;
using RemoteLog.Protocol;

namespace RemoteLog.Cli.Tests;

/// <summary>An operator at the command line, against the real app.</summary>
public sealed class QuarantineTests : IAsyncLifetime
{
    private const string Key = "the-operators-secret";

    private readonly Device device = new();
    private Service service = null!;
    private Shell shell = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        service = await Service.StartAsync("--Operator:Key", Key);
        shell = new Shell(service.Address);
    }

    [Fact]
    public async Task Items_are_listed_oldest_first_with_log_and_reason()
    {
        await KeepAsync("rubbish"u8.ToArray(), "malformed-body", log: null);
        await KeepAsync("more rubbish"u8.ToArray(), "gap", device.Log);

        var lines = (await RunAsync("list")).Lines;

        Assert.Equal(
            ["1  2026-03-14 15:09:26Z  7 bytes  malformed-body  -", $"2  2026-03-14 15:09:26Z  12 bytes  gap  {device.Log}"],
            lines);
    }

    [Fact]
    public async Task An_empty_quarantine_is_said_to_be_empty()
    {
        var outcome = await RunAsync("list");

        Assert.Equal((ExitCode.Ok, ""), (outcome.Code, outcome.Text));
        Assert.Contains("Nothing", outcome.Error);
    }

    [Fact]
    public async Task A_script_gets_an_object_for_each_item_however_many_there_are()
    {
        for (var i = 0; i < 250; i++) await KeepAsync(BitConverter.GetBytes(i), "malformed-body", log: null);

        var lines = (await RunAsync("list", "--json")).Lines;

        Assert.Equal(Enumerable.Range(1, 250).Select(i => $"{i}"), lines.Select(line => Json(line).GetProperty("id").GetString()));
        Assert.Equal(
            ("malformed-body", 4, A.Moment),
            (Json(lines[0]).GetProperty("reason").GetString(), Json(lines[0]).GetProperty("size").GetInt64(),
                Json(lines[0]).GetProperty("at").GetDateTimeOffset()));
    }

    [Fact]
    public async Task The_bytes_of_an_item_are_shown_as_they_came()
    {
        byte[] bytes = [0, 255, 10, 13, 1];
        await KeepAsync(bytes, "malformed-body", log: null);

        Assert.Equal(bytes, (await RunAsync("show", "1")).Data);
        Assert.Equal(bytes, Json((await RunAsync("show", "1", "--json")).Text).GetProperty("bytes").GetBytesFromBase64());
    }

    [Fact]
    public async Task Replaying_all_appends_what_can_be_and_leaves_the_rest()
    {
        var (first, second) = (device.Write("one"), device.Write("two"));
        await KeepAsync("rubbish"u8.ToArray(), "malformed-body", log: null);
        await KeepAsync(first, "unknown-content", device.Log);
        await KeepAsync(second, "gap", device.Log);

        var outcome = await RunAsync("replay", "--all");

        Assert.Equal(ExitCode.Refused, outcome.Code);
        Assert.Equal(["1  refused: malformed-body", "2  appended", "3  appended"], outcome.Lines);
        Assert.StartsWith("1  ", (await RunAsync("list")).Text);
        Assert.Equal("one\ntwo", await shell.SucceedAsync("cat", $"{device.Log}"));
    }

    [Fact]
    public async Task Some_are_replayed_by_their_ids()
    {
        device.Write("never sent");
        await KeepAsync(device.Write("two"), "gap", device.Log);
        await KeepAsync("rubbish"u8.ToArray(), "malformed-body", log: null);

        var outcome = await RunAsync("replay", "1", "1", "--json");

        Assert.Equal(ExitCode.Refused, outcome.Code);
        var line = Json(Assert.Single(outcome.Lines));
        Assert.Equal(
            ("1", false, "gap"),
            (line.GetProperty("id").GetString(), line.GetProperty("appended").GetBoolean(), line.GetProperty("problem").GetString()));
    }

    [Fact]
    public async Task Items_that_came_in_the_wrong_order_fill_each_others_gaps()
    {
        var (first, second) = (device.Write("one"), device.Write("two"));
        await KeepAsync(device.Write("three"), "gap", device.Log);
        await KeepAsync(second, "gap", device.Log);
        await KeepAsync(first, "unknown-content", device.Log);

        var outcome = await RunAsync("replay", "--all");

        Assert.Equal(ExitCode.Ok, outcome.Code);
        Assert.Equal(["3  appended", "2  appended", "1  appended"], outcome.Lines);
        Assert.Equal("one\ntwo\nthree", await shell.SucceedAsync("cat", $"{device.Log}"));
    }

    [Fact]
    public async Task What_was_dropped_is_gone()
    {
        await KeepAsync("rubbish"u8.ToArray(), "malformed-body", log: null);

        Assert.Equal(ExitCode.Ok, (await RunAsync("drop", "1")).Code);

        Assert.Equal(ExitCode.NotFound, (await RunAsync("drop", "1")).Code);
        Assert.Equal(ExitCode.NotFound, (await RunAsync("show", "1")).Code);
        Assert.Equal("", (await RunAsync("list")).Text);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("show", "1")]
    [InlineData("replay", "1")]
    [InlineData("drop", "1")]
    public async Task A_wrong_key_is_refused_and_not_repeated(params string[] command)
    {
        await KeepAsync("rubbish"u8.ToArray(), "malformed-body", log: null);

        var outcome = await shell.RunAsync(["quarantine", .. command, "--operator-key", "not-the-operators-secret"]);

        Assert.Equal((ExitCode.Refused, ""), (outcome.Code, outcome.Text));
        Assert.Contains("wrong-operator-key", outcome.Error);
        Assert.DoesNotContain("not-the-operators-secret", outcome.Error);
        Assert.Single(await service.Storage.Quarantine.ListAsync(0, 10, Ct));
    }

    public async ValueTask DisposeAsync()
    {
        shell.Dispose();
        await service.DisposeAsync();
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    private Task<Outcome> RunAsync(params string[] command) => shell.RunAsync(["quarantine", .. command, "--operator-key", Key]);

    private async Task KeepAsync(byte[] bytes, string reason, LogName? log) =>
        await service.Storage.Quarantine.AddAsync(bytes, log?.ToString(), reason, A.Moment, Ct);
}
