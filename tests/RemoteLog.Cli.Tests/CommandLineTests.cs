using Microsoft.AspNetCore.Http;

namespace RemoteLog.Cli.Tests;

/// <summary>What needs no server: help, mistakes and a server that is away.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly Shell shell = new("http://127.0.0.1:1");

    [Fact]
    public async Task Help_teaches_by_examples_and_lists_exit_codes()
    {
        var help = await shell.SucceedAsync("--help");

        Assert.Contains("remotelog append notes \"Hello\"", help);
        Assert.Contains("3    the server cannot be reached", help);
        foreach (var code in Enum.GetValues<ExitCode>()) Assert.Contains($"\n  {(int)code} ", help);
    }

    [Theory]
    [InlineData("append")]
    [InlineData("cat")]
    [InlineData("tail")]
    [InlineData("head")]
    [InlineData("verify")]
    [InlineData("keys", "new")]
    [InlineData("keys", "show")]
    [InlineData("demo")]
    [InlineData("unfollow")]
    [InlineData("devices", "register")]
    [InlineData("devices", "status")]
    [InlineData("devices", "unregister")]
    [InlineData("quarantine", "list")]
    [InlineData("quarantine", "show")]
    [InlineData("quarantine", "replay")]
    [InlineData("quarantine", "drop")]
    [InlineData("doctor")]
    [InlineData("cost")]
    public async Task Every_command_has_an_example(params string[] command)
    {
        var help = await shell.SucceedAsync([.. command, "--help"]);

        Assert.Contains($"Examples:\n  remotelog {string.Join(' ', command)}", help.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task A_server_that_is_away_is_named_with_the_way_to_start_one()
    {
        await shell.SucceedAsync("keys", "new");

        var outcome = await shell.RunAsync("append", "notes", "Hello");

        Assert.Equal(ExitCode.Unreachable, outcome.Code);
        Assert.Contains("No server at http://127.0.0.1:1/", outcome.Error);
        Assert.Contains("dotnet run --project src/RemoteLog.Functions", outcome.Error);
    }

    [Theory]
    [InlineData("cat")]
    [InlineData("cat", "not a topic")]
    [InlineData("cat", "zDn/notes")]
    [InlineData("cat", "--jsn")]
    [InlineData("cat", "notes", "--after", "-1")]
    [InlineData("cat", "notes", "--after", "many")]
    [InlineData("tail", "notes", "-n", "-1")]
    [InlineData("append", "zDnaeynAfxSqFtWrBkA12K9UDfDcpuE5dMSAmqe8vbZi9nkXT/notes", "x")]
    [InlineData("append", "notes")]
    [InlineData("append", "notes", "--jsn")]
    [InlineData("quarantine", "list")]
    [InlineData("quarantine", "list", "--operator-key", "not ascii \u00fc")]
    [InlineData("quarantine", "replay", "--operator-key", "0123456789abcdef")]
    [InlineData("quarantine", "replay", "17", "--all", "--operator-key", "0123456789abcdef")]
    [InlineData("hints")]
    [InlineData("hints", "listen", "--port", "65536")]
    [InlineData("hints", "listen", "--port", "any")]
    [InlineData("devices", "register", "pigeon", "https://push.example/")]
    [InlineData("dance")]
    public async Task A_mistake_is_told_apart_from_other_failures(params string[] arguments)
    {
        var outcome = await shell.RunAsync(arguments);

        Assert.Equal((ExitCode.Usage, ""), (outcome.Code, outcome.Text));
        Assert.NotEmpty(outcome.Error);
    }

    [Theory]
    [InlineData("remotelog --help", "dance")]
    [InlineData("remotelog hints --help", "hints")]
    [InlineData("remotelog hints listen --help", "hints", "listen", "--port", "65536")]
    public async Task Whoever_mistyped_is_told_where_the_help_is(string help, params string[] arguments) =>
        Assert.EndsWith($"See: {help}", (await shell.RunAsync(arguments)).Error.TrimEnd());

    [Theory]
    [InlineData("somewhere")]
    [InlineData("ftp://somewhere/")]
    public async Task A_server_is_named_by_its_address(string server)
    {
        shell.Server = server;

        var outcome = await shell.RunAsync("head", "notes");

        Assert.Equal(ExitCode.Usage, outcome.Code);
        Assert.Contains($"'{server}' is not a server", outcome.Error);
    }

    [Theory]
    [InlineData("head")]
    [InlineData("follow")]
    public async Task A_topic_without_a_key_is_explained(string command)
    {
        var outcome = await shell.RunAsync(command, "notes");

        Assert.Equal(ExitCode.NotFound, outcome.Code);
        Assert.Contains("somebody else's is named OWNER/notes", outcome.Error);
        Assert.Contains("remotelog keys new", outcome.Error);
    }

    [Fact]
    public async Task A_key_that_cannot_be_kept_is_not_called_made()
    {
        File.WriteAllText(Path.Combine(shell.Home, "keys"), "a file where a folder should be");

        var outcome = await shell.RunAsync("devices", "status");

        Assert.Equal(ExitCode.Usage, outcome.Code);
        Assert.Contains($"No key can be kept at {Path.Combine(shell.Home, "keys", "device.pem")}", outcome.Error);
        Assert.DoesNotContain("Made", outcome.Error);
        Assert.DoesNotContain("keys new", outcome.Error);
    }

    [Fact]
    public async Task A_damaged_key_is_named()
    {
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(shell.Home, "keys")).FullName, "device.pem");
        File.WriteAllText(path, "not a key");

        var outcome = await shell.RunAsync("devices", "status");

        Assert.Equal(ExitCode.Usage, outcome.Code);
        Assert.Contains($"{path} does not hold a private key", outcome.Error);
        Assert.Contains("Restore it from a copy", outcome.Error);
    }

    [Theory]
    [InlineData("devices", "status")]
    [InlineData("hints", "listen", "--port", "0")]
    public async Task An_address_where_something_else_answers_is_told_apart_from_a_server(params string[] command)
    {
        await using var other = await FakeService.StartAsync(context =>
        {
            context.Response.StatusCode = 404;
            return context.Response.WriteAsync("<html>");
        });
        shell.Server = other.Address;

        var outcome = await shell.RunAsync(command);

        Assert.Equal((ExitCode.Refused, ""), (outcome.Code, outcome.Text));
        Assert.Contains($"{other.Address}/ does not answer as a RemoteLog server does", outcome.Error);
        Assert.Contains("--server URL", outcome.Error);
    }

    [Fact]
    public async Task A_damaged_memory_is_named()
    {
        await shell.SucceedAsync("keys", "new");
        File.WriteAllText(Path.Combine(shell.Home, "memory"), "a file where a folder should be");

        var outcome = await shell.RunAsync("append", "notes", "x");

        Assert.Equal(ExitCode.Failed, outcome.Code);
        Assert.Contains("memory", outcome.Error);
    }

    public void Dispose() => shell.Dispose();
}
