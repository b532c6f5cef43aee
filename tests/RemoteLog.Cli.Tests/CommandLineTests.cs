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
    [InlineData("dance")]
    public async Task A_mistake_is_told_apart_from_other_failures(params string[] arguments)
    {
        var outcome = await shell.RunAsync(arguments);

        Assert.Equal((ExitCode.Usage, ""), (outcome.Code, outcome.Text));
        Assert.NotEmpty(outcome.Error);
    }

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
