using System.Text.Json;
using RemoteLog.Bee.Emulator;
using RemoteLog.Protocol;
using RemoteLog.Server.Mirror;
using RemoteLog.Server.Seal;
using RemoteLog.Storage.Swarm;

namespace RemoteLog.Cli.Tests;

/// <summary>All that reads a log, reading its mirror through a node, while no server can be reached.</summary>
public sealed class SwarmReadingTests : IAsyncLifetime
{
    private readonly Shell reader = new("http://127.0.0.1:1") { Time = new ImpatientClock() };
    private BeeNode node = null!;
    private Service service = null!;
    private Shell writer = null!;
    private string owner = null!;

    private string Log => $"{owner}/notes";

    private string Publisher => service.Get<SwarmMirror>().Publisher.ToString();

    public async ValueTask InitializeAsync()
    {
        node = await BeeNode.StartAsync();

        // Only the tests seal and mirror.
        service = await Service.StartAsync(
            "--Swarm:Nodes", node.Address.ToString(), "--Swarm:Batches", node.Buy().Id.ToString(), "--Swarm:Role", "Only", "--Pages:Entries", "4",
            "--Triggers:PollMilliseconds", "600000");
        writer = new Shell(service.Address);
        owner = await writer.SucceedAsync("keys", "new");
    }

    [Fact]
    public async Task A_head_is_as_the_mirror_tells_it()
    {
        await WriteAsync(6);

        var head = Json(await ReadAsync("head", "--json"));
        var text = await ReadAsync("head");

        Assert.Equal((Log, 6L), (head.GetProperty("log").GetString(), head.GetProperty("sequence").GetInt64()));
        Assert.Equal(Json(await writer.SucceedAsync("head", "notes", "--json")).GetProperty("link").GetString(), head.GetProperty("link").GetString());
        Assert.Contains("sealed    4", text);
    }

    [Fact]
    public async Task Verifying_walks_the_whole_mirror_and_says_what_it_cannot_tell()
    {
        await WriteAsync(10);

        var report = Json(await ReadAsync("verify", "--json"));
        var text = await ReadAsync("verify");

        Assert.Equal((10, 3, 0), (report.GetProperty("entries").GetInt32(), report.GetProperty("pages").GetInt32(), report.GetProperty("forgotten").GetInt32()));
        Assert.Contains("All of it is what the owner signed. Whether there is another history only a server can tell.", text);
    }

    [Fact]
    public async Task What_is_damaged_on_the_way_does_not_verify()
    {
        await WriteAsync(10);
        node.Faults.BodiesEndAfter = 100;

        var outcome = await RunAsync("verify");

        Assert.Equal((ExitCode.Unreachable, ""), (outcome.Code, outcome.Text));
        Assert.Contains($"is not to be had from {node.Address} now. Try again later, or another node.", outcome.Error);
    }

    [Fact]
    public async Task Data_that_the_node_does_not_find_is_not_called_gone()
    {
        var file = Path.Combine(writer.Home, "large");
        File.WriteAllBytes(file, new byte[20_000]);
        await writer.SucceedAsync("append", "notes", "--file", file);
        await MirrorAsync();
        node.Faults.BodiesEndAfter = 100;

        var verified = await ReadAsync("verify");
        var read = await RunAsync("tail");

        Assert.Contains($"1 entries came without their data: that they were written is certain. It is forgotten, or {node.Address} does not find it now.", verified);
        Assert.Contains("Forgotten, or only slow: try again later, or another node.", read.Error);
    }

    [Fact]
    public async Task The_newest_entries_are_read_without_the_oldest_page()
    {
        await WriteAsync(10);
        var before = node.Requests.Count;

        Assert.Equal("message 9\nmessage 10", await ReadAsync("tail", "-n", "2"));

        Assert.DoesNotContain(node.Requests.Skip(before), request => request.Path.StartsWith("/bytes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_follower_of_the_mirror_prints_each_entry_once_until_it_is_cancelled()
    {
        await WriteAsync(3);
        using var enough = new CancellationTokenSource();
        var shown = new AwaitedStream();

        var following = RunAsync("tail", ["-f", "-n", "1"], shown, cancellationToken: enough.Token);
        await shown.UntilAsync("message 3\n");
        await WriteAsync(2, from: 4);
        await shown.UntilAsync("message 3\nmessage 4\nmessage 5\n");

        // A state that holds nothing new, for the same entries are in a page by now, and then one that does.
        for (var i = 6; i <= 8; i++) await writer.SucceedAsync("append", "notes", $"message {i}");
        await MirrorAsync();
        await shown.UntilAsync(text => text.EndsWith("message 8\n", StringComparison.Ordinal));
        await service.Get<Sealer>().SealAsync(LogName.Parse(Log), CancellationToken.None);
        await MirrorAsync();
        await WriteAsync(1, from: 9);
        await shown.UntilAsync(text => text.EndsWith("message 9\n", StringComparison.Ordinal));
        await enough.CancelAsync();

        Assert.Equal(ExitCode.Cancelled, (await following).Code);
        Assert.Equal(string.Concat(Enumerable.Range(3, 7).Select(i => $"message {i}\n")), shown.Text);
        Assert.Contains(TimeSpan.FromSeconds(10), ((ImpatientClock)reader.Time).Waits);
    }

    [Fact]
    public async Task A_follower_waits_for_a_mirror_that_does_not_exist_yet()
    {
        using var enough = new CancellationTokenSource();
        var (shown, said) = (new AwaitedStream(), new AwaitedStream());

        var following = RunAsync("tail", ["-f"], shown, said, enough.Token);
        await said.UntilAsync(text => text.Contains("waiting for it", StringComparison.Ordinal));
        await WriteAsync(1);
        await shown.UntilAsync("message 1\n");
        await enough.CancelAsync();

        Assert.Equal(ExitCode.Cancelled, (await following).Code);
    }

    [Fact]
    public async Task A_follower_outlasts_a_node_that_fails_and_says_so_once()
    {
        await WriteAsync(1);
        using var enough = new CancellationTokenSource();
        var (shown, said) = (new AwaitedStream(), new AwaitedStream());

        var following = RunAsync("tail", ["-f"], shown, said, enough.Token);
        await shown.UntilAsync("message 1\n");
        node.Faults.IsStarting = true;
        await said.UntilAsync(text => text.Contains("503", StringComparison.Ordinal) && text.EndsWith("Trying again.\n", StringComparison.Ordinal));
        var asked = node.Requests.Count;
        await UntilAskedAsync(asked + 20);
        node.Faults.IsStarting = false;
        await WriteAsync(1, from: 2);
        await shown.UntilAsync("message 1\nmessage 2\n");
        await enough.CancelAsync();

        Assert.Equal(ExitCode.Cancelled, (await following).Code);
        Assert.Single(said.Text.Split("Trying again.\n"), line => line.Contains("503", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("head")]
    [InlineData("tail")]
    [InlineData("verify")]
    [InlineData("cat")]
    public async Task Without_a_mirror_both_addresses_are_to_be_checked(string command)
    {
        var outcome = await RunAsync(command);

        Assert.Equal((ExitCode.NotFound, ""), (outcome.Code, outcome.Text));
        Assert.Contains($"{node.Address} finds no mirror of {Log} by this publisher.", outcome.Error);
        Assert.Contains("the feed's owner is who the server names when it starts", outcome.Error);
    }

    [Theory]
    [InlineData("head")]
    [InlineData("tail")]
    [InlineData("verify")]
    public async Task A_node_that_is_away_is_named_as_one(string command)
    {
        var outcome = await reader.RunAsync(command, Log, "--from-swarm", "http://127.0.0.1:1", "--feed-owner", Publisher);

        Assert.Equal((ExitCode.Unreachable, ""), (outcome.Code, outcome.Text));
        Assert.Contains("No Bee node at http://127.0.0.1:1/", outcome.Error);
        Assert.Contains("--from-swarm URL", outcome.Error);
        Assert.DoesNotContain("dotnet run", outcome.Error);
    }

    [Fact]
    public async Task A_node_that_is_starting_is_to_be_asked_later()
    {
        await WriteAsync(1);
        node.Faults.IsStarting = true;

        var outcome = await RunAsync("head");

        Assert.Equal(ExitCode.Unreachable, outcome.Code);
        Assert.Contains("as a node does that is starting", outcome.Error);
    }

    [Fact]
    public async Task A_mirror_that_is_behind_what_was_seen_elsewhere_is_to_be_read_later()
    {
        await WriteAsync(2);
        await writer.SucceedAsync("append", "notes", "message 3");
        await writer.SucceedAsync("cat", "notes");

        var outcome = await writer.RunAsync("head", "notes", "--from-swarm", node.Address.ToString(), "--feed-owner", Publisher);

        Assert.Equal((ExitCode.NotVerified, ""), (outcome.Code, outcome.Text));
        Assert.Contains("was seen up to entry 3, and its mirror shows it up to entry 2 only.", outcome.Error);
        Assert.Contains("try again later", outcome.Error);
    }

    public async ValueTask DisposeAsync()
    {
        writer.Dispose();
        reader.Dispose();
        await service.DisposeAsync();
        await node.DisposeAsync();
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    private async Task WriteAsync(int count, int from = 1)
    {
        for (var i = from; i < from + count; i++) await writer.SucceedAsync("append", "notes", $"message {i}");
        await service.Get<Sealer>().SealAsync(LogName.Parse(Log), CancellationToken.None);
        await MirrorAsync();
    }

    private async Task MirrorAsync() => await service.Get<Mirrorer>().MirrorAsync(LogName.Parse(Log), CancellationToken.None);

    private async Task UntilAskedAsync(int count)
    {
        var enough = new TaskCompletionSource();
        node.Faults.Before = (_, _) =>
        {
            if (node.Requests.Count >= count) enough.TrySetResult();
            return Task.CompletedTask;
        };
        await enough.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    private async Task<string> ReadAsync(string command, params string[] options)
    {
        var outcome = await RunAsync(command, options);
        Assert.True(outcome.Code == ExitCode.Ok, $"{outcome.Code}: {outcome.Error}");
        return outcome.Text.TrimEnd('\n');
    }

    private Task<Outcome> RunAsync(
        string command, string[]? options = null, Stream? output = null, Stream? error = null, CancellationToken cancellationToken = default) => reader.RunAsync(
        [command, Log, "--from-swarm", node.Address.ToString(), "--feed-owner", Publisher, .. options ?? []], input: null, output, error, cancellationToken);
}
