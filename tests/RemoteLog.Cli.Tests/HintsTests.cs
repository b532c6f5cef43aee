using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace RemoteLog.Cli.Tests;

public sealed class HintsTests
{
    private static readonly string[] Soon = ["--Push:WindowSeconds", "1", "--Push:RecentSeconds", "0", "--Push:Pace:UnifiedPush:DebounceSeconds", "0"];

    /// <summary>Where nothing listens.</summary>
    private static readonly string[] ToNobody = ["--Push:Endpoints:Mode", "Listed", "--Push:Endpoints:Hosts", "http://127.0.0.1:1"];

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
        var listening = bob.RunAsync(["hints", "listen", "--port", $"{port.Number}", "--json"], input: null, shown, cancellationToken: enough.Token);
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
    public async Task An_endpoint_on_this_machine_is_refused_with_the_settings_that_allow_it()
    {
        await using var service = await Service.StartAsync();
        using var shell = new Shell(service.Address);

        var outcome = await shell.RunAsync("devices", "register", "unifiedpush", "http://127.0.0.1:7080/up");

        Assert.Equal(ExitCode.Refused, outcome.Code);
        Assert.Contains("Hints cannot be sent there: An endpoint is an https URL.", outcome.Error);
        Assert.Contains("Push:Endpoints:Mode Listed and Push:Endpoints:Hosts", outcome.Error);
    }

    [Fact]
    public async Task Of_two_listeners_of_one_device_the_second_is_told_of_the_first_which_goes_on()
    {
        using ReservedPort first = new(), second = new();
        await using var service = await Service.StartAsync(
            ["--Push:Endpoints:Mode", "Listed", "--Push:Endpoints:Hosts", $"http://127.0.0.1:{first.Number} http://127.0.0.1:{second.Number}", .. Soon]);
        using var shell = new Shell(service.Address);
        using var enough = new CancellationTokenSource();
        var (shown, said) = (new AwaitedStream(), new AwaitedStream());
        var listening = shell.RunAsync(["hints", "listen", "--port", $"{first.Number}"], input: null, shown, said, enough.Token);
        await shown.UntilAsync(text => text.Contains("confirmed", StringComparison.Ordinal));

        var outcome = await shell.RunAsync("hints", "listen", "--port", $"{second.Number}");

        Assert.Equal((ExitCode.Usage, ""), (outcome.Code, outcome.Text));
        Assert.Contains("Another `hints listen` listens for this device already", outcome.Error);
        Assert.Contains("--key NAME", outcome.Error);
        Assert.Contains("confirmed  yes", await shell.SucceedAsync("devices", "status"));
        await enough.CancelAsync();
        Assert.Equal(ExitCode.Cancelled, (await listening).Code);
        Assert.Contains("The device stays registered", said.Text);
        Assert.Contains("confirmed  yes", await shell.SucceedAsync("devices", "status"));
    }

    [Fact]
    public async Task A_port_that_another_program_has_is_named_with_the_way_to_another()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        using var shell = new Shell("http://127.0.0.1:1");

        var outcome = await shell.RunAsync("hints", "listen", "--port", $"{port}");

        Assert.Equal(ExitCode.Failed, outcome.Code);
        Assert.Contains($"http://127.0.0.1:{port}", outcome.Error);
        Assert.Contains("--port", outcome.Error);
    }

    [Fact]
    public async Task A_registration_whose_hint_reached_nobody_is_not_confirmed_and_says_by_when_it_must_be()
    {
        using var port = new ReservedPort();
        await using var service = await Service.StartAsync(["--Push:Endpoints:Mode", "Listed", "--Push:Endpoints:Hosts", $"http://127.0.0.1:{port.Number}", .. Soon]);
        using var shell = new Shell(service.Address);

        await shell.SucceedAsync("devices", "register", "unifiedpush", $"http://127.0.0.1:{port.Number}/nobody");

        Assert.Contains("confirmed  not yet: the first hint is on its way, and is to be received there within a day", await shell.SucceedAsync("devices", "status"));
    }

    [Fact]
    public async Task Who_registers_too_often_is_told_when_to_come_again()
    {
        await using var service = await Service.StartAsync(["--Push:RegistrationsPerHour", "1", .. ToNobody]);
        using var shell = new Shell(service.Address);
        await shell.SucceedAsync("devices", "register", "unifiedpush", "http://127.0.0.1:1/1");

        var outcome = await shell.RunAsync("devices", "register", "unifiedpush", "http://127.0.0.1:1/2");

        Assert.Equal(ExitCode.Refused, outcome.Code);
        Assert.Matches("The next one is taken in 3[56][0-9][0-9] seconds", outcome.Error);
    }

    [Fact]
    public async Task What_a_device_remembers_is_named_when_it_is_damaged()
    {
        await using var service = await Service.StartAsync(ToNobody);
        using var shell = new Shell(service.Address);
        await shell.SucceedAsync("devices", "register", "unifiedpush", "http://127.0.0.1:1/1");
        var path = Directory.GetFiles(Path.Combine(shell.Home, "devices")).Single(file => !file.EndsWith(".lock", StringComparison.Ordinal));
        File.WriteAllText(path, "{");

        var outcome = await shell.RunAsync("devices", "status");

        Assert.Equal(ExitCode.Failed, outcome.Code);
        Assert.Contains(path, outcome.Error);
    }

    [Fact]
    public async Task A_server_that_wakes_nobody_says_what_that_takes()
    {
        await using var silent = await FakeService.StartAsync(context =>
        {
            context.Response.StatusCode = 422;
            context.Response.ContentType = "application/problem+json";
            return context.Response.WriteAsync("""{"type":"urn:remotelog:problem:channel-not-offered","title":"No.","status":422,"detail":"It needs a key."}""");
        });
        using var shell = new Shell(silent.Address);

        var outcome = await shell.RunAsync("hints", "listen", "--port", "0");

        Assert.Equal(ExitCode.Refused, outcome.Code);
        Assert.StartsWith("The server does not send hints that way. It needs a key.", outcome.Error.Split('\n', 2)[1]);
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
