namespace RemoteLog.Cli.Tests;

public sealed class DemoTests
{
    [Fact]
    public async Task The_demo_shows_the_cost_and_catches_the_lie()
    {
        using var shell = new Shell("http://127.0.0.1:1");

        var shown = await shell.SucceedAsync("demo");

        Assert.Contains("Alice appends 1000 messages", shown);
        Assert.Contains("Bob catches up and verifies 1000", shown);
        Assert.Contains("wakes Bob's phone, which pulls and verifies 1 entry", shown);
        Assert.Contains("Are you awake?", shown);
        Assert.Contains("Bob noticed:", shown);
    }

    [Fact]
    public async Task The_demo_can_be_cancelled()
    {
        using var shell = new Shell("http://127.0.0.1:1");
        using var enough = new CancellationTokenSource();
        var shown = new AwaitedStream();

        var playing = shell.RunAsync(["demo"], input: null, shown, cancellationToken: enough.Token);
        await shown.UntilAsync(text => text.Contains("goes to sleep", StringComparison.Ordinal));
        await enough.CancelAsync();
        var outcome = await playing;

        Assert.Equal((ExitCode.Cancelled, ""), (outcome.Code, outcome.Error));
    }
}
