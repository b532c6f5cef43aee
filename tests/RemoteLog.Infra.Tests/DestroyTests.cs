namespace RemoteLog.Infra.Tests;

public sealed class DestroyTests
{
    private const string Script = "infra/destroy.sh";

    [Fact]
    public async Task It_deletes_nothing_unless_told_the_name()
    {
        using var azure = new StandIns().AnswerWell();

        var outcome = await azure.RunAsync(Script, "-e", "prod");

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("nothing was deleted", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(azure.Calls, call => call.Contains("delete", StringComparison.Ordinal));
    }

    [Fact]
    public async Task With_yes_it_shows_what_there_is_and_deletes_it()
    {
        using var azure = new StandIns().AnswerWell();

        var outcome = await azure.RunAsync(Script, "-e", "prod", "--yes");

        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal(
            ["az account show", "az group exists", "az resource list", "az lock list", "az group delete", "az deployment sub delete", "az deployment sub delete"],
            azure.Calls.Select(call => call[..call.IndexOf(" --", StringComparison.Ordinal)]));
        Assert.Contains("az group delete --name rg-prod --yes", azure.Calls);
        Assert.Equal(["az deployment sub delete --name remotelog-prod", "az deployment sub delete --name remotelog-prod.base"], azure.Calls.TakeLast(2));
    }

    [Fact]
    public async Task Protected_data_takes_more_than_a_yes()
    {
        using var azure = new StandIns().Answer("az lock list*", "/locks/keep\\n").AnswerWell();

        var refused = await azure.RunAsync(Script, "-e", "prod", "--yes");
        var calls = azure.Calls.Count;
        var done = await azure.RunAsync(Script, "-e", "prod", "--yes", "--unlock");

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("--unlock", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(azure.Calls.Take(calls), call => call.Contains("delete", StringComparison.Ordinal));
        Assert.Equal(0, done.ExitCode);
        Assert.Contains("az lock delete --ids /locks/keep", azure.Calls);
    }

    [Fact]
    public async Task What_is_gone_already_is_no_failure()
    {
        using var azure = new StandIns().Answer("az group exists*", "false\\n");

        var outcome = await azure.RunAsync(Script, "--yes");

        Assert.Equal(0, outcome.ExitCode);
        Assert.DoesNotContain(azure.Calls, call => call.Contains("delete", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_dry_run_prints_every_command_and_calls_nothing()
    {
        using var azure = new StandIns();

        var outcome = await azure.RunAsync(Script, "-e", "prod", "--dry-run");

        Assert.Empty(azure.Calls);
        Assert.Contains("az group delete --name rg-prod --yes", outcome.Output, StringComparison.Ordinal);
    }
}
