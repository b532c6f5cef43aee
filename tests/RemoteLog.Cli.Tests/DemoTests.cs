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
}
