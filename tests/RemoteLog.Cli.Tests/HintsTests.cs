using System.Text.Json;

namespace RemoteLog.Cli.Tests;

public sealed class HintsTests
{
    private static readonly string[] Soon = ["--Push:WindowSeconds", "1", "--Push:RecentSeconds", "0", "--Push:Pace:UnifiedPush:DebounceSeconds", "0"];

    [Fact]
    public async Task Somebody_who_listens_sees_the_hint_and_what_it_brought()
    {
        using var port = new ReservedPort();
        await using var service = await Service.StartAsync(["--Push:Endpoints:Mode", "Listed", "--Push:Endpoints:Hosts", $"http://127.0.0.1:{port.Number}", .. Soon]);
        using var alice = new Shell(service.Address);
        using var bob = new Shell(service.Address);
        var log = $"{await alice.SucceedAsync("keys", "new")}/notes";
        await alice.SucceedAsync("append", "notes", "before");

        using var enough = new CancellationTokenSource();
        var shown = new AwaitedStream();
        var listening = bob.RunAsync(["hints", "listen", "--port", $"{port.Number}", "--json"], input: null, shown, enough.Token);
        await shown.UntilAsync(text => text.Contains("confirmed", StringComparison.Ordinal));
        var follows = JsonDocument.Parse(await bob.SucceedAsync("follow", log, "--json")).RootElement;
        await alice.SucceedAsync("append", "notes", "Wake up");
        await shown.UntilAsync(text => text.Contains("synced", StringComparison.Ordinal) && text.EndsWith('\n'));
        await enough.CancelAsync();
        await listening;

        Assert.Equal(log, follows.GetProperty("follows")[0].GetProperty("log").GetString());
        var report = JsonDocument.Parse(shown.Text.Split('\n')[1]).RootElement;
        Assert.Equal(log, report.GetProperty("moved")[0].GetProperty("log").GetString());
        Assert.Equal(2, report.GetProperty("moved")[0].GetProperty("sequence").GetInt64());
        Assert.Equal(1, report.GetProperty("entries").GetInt64());
        Assert.True(report.GetProperty("complete").GetBoolean());
        var status = await bob.SucceedAsync("devices", "status");
        Assert.Contains("unifiedpush", status);
        Assert.Contains($"{log} from 3", status);
        Assert.DoesNotContain(log, await bob.SucceedAsync("unfollow", log));
        Assert.Contains("none", await bob.SucceedAsync("devices", "unregister"));
    }

    [Fact]
    public async Task A_server_that_does_not_send_here_is_told_which_setting_would_let_it()
    {
        await using var service = await Service.StartAsync();
        using var shell = new Shell(service.Address);

        var outcome = await shell.RunAsync("hints", "listen", "--port", "0");

        Assert.Equal(ExitCode.Refused, outcome.Code);
        Assert.Contains("--Push:Endpoints:Mode Listed --Push:Endpoints:Hosts http://127.0.0.1:", outcome.Error);
    }

    [Fact]
    public async Task Who_is_not_registered_is_told_how_to()
    {
        await using var service = await Service.StartAsync();
        using var shell = new Shell(service.Address);
        await shell.SucceedAsync("append", "notes", "one");

        var outcome = await shell.RunAsync("follow", "notes");

        Assert.Equal(ExitCode.NotFound, outcome.Code);
        Assert.Contains("remotelog hints listen", outcome.Error);
    }

    [Fact]
    public async Task A_channel_that_the_server_has_no_credentials_for_is_refused()
    {
        await using var service = await Service.StartAsync();
        using var shell = new Shell(service.Address);

        var outcome = await shell.RunAsync("devices", "register", "apns", "00fc13ad");

        Assert.Equal(ExitCode.Refused, outcome.Code);
        Assert.Contains("Push:Apns:Key", outcome.Error);
    }
}
