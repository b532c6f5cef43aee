using RemoteLog.Bee.Emulator;
using RemoteLog.Protocol;
using RemoteLog.Server.Mirror;
using RemoteLog.Server.Replicate;
using RemoteLog.Server.Seal;
using RemoteLog.Storage.Swarm;

namespace RemoteLog.Cli.Tests;

/// <summary>Logs that are read when there is no server any more.</summary>
public sealed class SwarmTests
{
    [Theory]
    [InlineData("Secondary")]
    [InlineData("Only")]
    public async Task A_log_is_read_from_Swarm_when_its_server_is_gone(string role)
    {
        await using var node = await BeeNode.StartAsync();
        string log, publisher;
        await using (var service = await Service.StartAsync(
            "--Swarm:Nodes", node.Address.ToString(), "--Swarm:Batches", node.Buy().Id.ToString(), "--Swarm:Role", role, "--Pages:Entries", "4"))
        {
            using var writer = new Shell(service.Address);
            for (var i = 1; i <= 10; i++) await writer.SucceedAsync("append", "notes", $"message {i}");
            log = $"{(await writer.SucceedAsync("keys", "show")).Split('\n')[0]}/notes";

            await service.Get<Sealer>().SealAsync(LogName.Parse(log), CancellationToken.None);
            await CopyPagesAsync(service, LogName.Parse(log));
            await service.Get<Mirrorer>().MirrorAsync(LogName.Parse(log), CancellationToken.None);
            publisher = service.Get<SwarmMirror>().Publisher.ToString();
        }
        using var reader = new Shell("http://127.0.0.1:1");

        var read = await reader.SucceedAsync("cat", log, "--from-swarm", node.Address.ToString(), "--feed-owner", publisher);
        var rest = await reader.SucceedAsync("cat", log, "--after", "8", "--from-swarm", node.Address.ToString(), "--feed-owner", "0x" + publisher);

        Assert.Equal(Enumerable.Range(1, 10).Select(i => $"message {i}"), read.Split('\n'));
        Assert.Equal(["message 9", "message 10"], rest.Split('\n'));
    }

    [Fact]
    public async Task A_mirror_job_publishes_a_log()
    {
        await using var node = await BeeNode.StartAsync();
        await using var service = await Service.StartAsync(
            "--Swarm:Nodes", node.Address.ToString(), "--Swarm:Batches", node.Buy().Id.ToString(), "--Triggers:PollMilliseconds", "10");
        using var writer = new Shell(service.Address);
        await writer.SucceedAsync("append", "notes", "hello");
        var log = $"{(await writer.SucceedAsync("keys", "show")).Split('\n')[0]}/notes";
        var published = new TaskCompletionSource();
        node.Faults.Before = (request, _) =>
        {
            // The service reads an update back once it is written.
            if (request.Method == "GET" && request.Path.StartsWith("/chunks", StringComparison.Ordinal) && node.Requests.Any(earlier => earlier.Path.StartsWith("/soc", StringComparison.Ordinal)))
            {
                published.TrySetResult();
            }
            return Task.CompletedTask;
        };

        await service.Get<Mirrorer>().EnqueueAsync(LogName.Parse(log), CancellationToken.None);
        await published.Task;

        Assert.Equal(
            "hello",
            await writer.SucceedAsync(
                "cat", log, "--from-swarm", node.Address.ToString(), "--feed-owner", service.Get<SwarmMirror>().Publisher.ToString()));
    }

    [Fact]
    public async Task A_log_without_a_mirror_is_not_found()
    {
        await using var node = await BeeNode.StartAsync();
        using var reader = new Shell("http://127.0.0.1:1");
        using var key = SigningKey.Create();

        var outcome = await reader.RunAsync("cat", $"{key.Owner}/notes", "--from-swarm", node.Address.ToString(), "--feed-owner", new string('a', 40));

        Assert.Equal(ExitCode.NotFound, outcome.Code);
    }

    [Fact]
    public async Task A_node_that_does_not_answer_is_not_taken_for_a_server()
    {
        using var reader = new Shell("http://127.0.0.1:7071");
        using var key = SigningKey.Create();

        var outcome = await reader.RunAsync("cat", $"{key.Owner}/notes", "--from-swarm", "http://127.0.0.1:1", "--feed-owner", new string('a', 40));

        Assert.Equal(ExitCode.Unreachable, outcome.Code);
        Assert.Contains("http://127.0.0.1:1/", outcome.Error);
        Assert.Contains("--from-swarm", outcome.Error);
        Assert.DoesNotContain("--server", outcome.Error);
    }

    [Theory]
    [InlineData("cat", "--from-swarm", "http://127.0.0.1:1633")]
    [InlineData("tail", "--from-swarm", "http://127.0.0.1:1633")]
    [InlineData("head", "--feed-owner", "8d3766440f0d7b949a5e32995d09619a7f86e632")]
    [InlineData("verify", "--feed-owner", "8d3766440f0d7b949a5e32995d09619a7f86e632")]
    [InlineData("cat", "--from-swarm", "ftp://swarm")]
    public async Task Half_of_what_reading_from_Swarm_needs_is_told_at_once(string command, string option, string value)
    {
        using var reader = new Shell("http://127.0.0.1:1");

        Assert.Equal(ExitCode.Usage, (await reader.RunAsync(command, "notes", option, value)).Code);
    }

    [Theory]
    [InlineData("cat")]
    [InlineData("tail")]
    [InlineData("head")]
    [InlineData("verify")]
    public async Task The_help_of_each_command_that_reads_teaches_how_to_read_from_Swarm(string command)
    {
        using var shell = new Shell("http://127.0.0.1:1");

        var help = await shell.SucceedAsync(command, "--help");

        Assert.Contains("--from-swarm http://127.0.0.1:1633 --feed-owner", help);
    }

    /// <summary>Where Swarm is the second store, pages come there by jobs.</summary>
    private static async Task CopyPagesAsync(Service service, LogName log)
    {
        if (service.Storage.Pages is not ReplicatedContent replicated) return;
        foreach (var page in await service.Storage.Names.ReadPagesAsync(log, 0, 100, CancellationToken.None))
        {
            Assert.True(await replicated.CopyAsync(page.Address, CancellationToken.None));
        }
    }
}
