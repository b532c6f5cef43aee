using System.Text.Json;
using Microsoft.AspNetCore.Http;
using RemoteLog.Bee.Emulator;
using RemoteLog.Storage.Swarm;

namespace RemoteLog.Cli.Tests;

/// <summary>Somebody on call asks what is wrong.</summary>
public sealed class DoctorTests : IDisposable
{
    private const string Key = "the-operators-secret";

    private readonly Shell shell = new("http://127.0.0.1:1");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => shell.Dispose();

    [Fact]
    public async Task A_service_that_is_well_passes_every_check_from_outside_and_inside()
    {
        await using var service = await Service.StartAsync(
            "--Operator:Key", Key, "--Push:Vapid:Subject", "mailto:ops@logs.example", "--Push:Apns:Key", A.Pem(), "--Push:Apns:KeyId", "ABCDEFGHIJ", "--Push:Apns:TeamId", "TEAM",
            "--Push:Apns:Topic", "example.logs", "--Push:Fcm:Credentials", A.ServiceAccount());

        var outcome = await shell.RunAsync("doctor", service.Address, "--operator-key", Key, "--json");

        Assert.Equal(ExitCode.Ok, outcome.Code);
        var findings = outcome.Lines.Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(
            [
                "reachable", "service", "clock", "ready", "round-trip", "names", "content", "queues", "quarantine", "receipts", "settings",
                "bee", "postage", "swarm", "mirror", "device-key", "web-push", "apns", "fcm",
            ],
            findings.Select(finding => finding.GetProperty("name").GetString()));
        Assert.All(findings, finding => Assert.Equal(
            finding.GetProperty("name").GetString() is "bee" or "postage" or "swarm" or "mirror" ? "skipped" : "ok", finding.GetProperty("status").GetString()));
        Assert.All(findings, finding => Assert.False(finding.TryGetProperty("advice", out _)));
        Assert.Contains("is well", outcome.Error);
    }

    [Fact]
    public async Task Push_credentials_are_looked_at_one_by_one_and_each_that_cannot_be_used_fails_with_what_to_do()
    {
        // On Azure nobody tries them at the start.
        await using var service = await Service.StartAsync(
            "--Operator:Key", Key, "--FUNCTIONS_CUSTOMHANDLER_PORT", "0", "--Push:Apns:Key", "not-a-key-at-all", "--Push:Apns:KeyId", "ABCDEFGHIJ", "--Push:Apns:TeamId", "TEAM",
            "--Push:Apns:Topic", "example.logs", "--Push:Fcm:Credentials", A.ServiceAccount("not-a-key-either"));

        var outcome = await shell.RunAsync("doctor", service.Address, "--operator-key", Key);

        Assert.Equal(ExitCode.Failed, outcome.Code);
        Assert.Contains("FAILED   apns", outcome.Text);
        Assert.Contains("Push:Apns:Key is not the PEM", outcome.Text);
        Assert.Contains("as Apple gave it", outcome.Text);
        Assert.Contains("FAILED   fcm", outcome.Text);
        Assert.Contains("as Google gave it", outcome.Text);
        Assert.Contains("warning  web-push", outcome.Text);
        Assert.Contains("Set Push:Vapid:Subject", outcome.Text);
        Assert.DoesNotContain("not-a-key", outcome.Text + outcome.Error);
    }

    [Fact]
    public async Task Push_services_that_are_not_configured_are_no_fault()
    {
        await using var service = await Service.StartAsync("--Operator:Key", Key, "--Push:Vapid:Subject", "mailto:ops@logs.example");

        var outcome = await shell.RunAsync("doctor", service.Address, "--operator-key", Key);

        Assert.Equal(ExitCode.Ok, outcome.Code);
        Assert.Contains("skipped  apns", outcome.Text);
        Assert.Contains("skipped  fcm", outcome.Text);
        Assert.Contains("ok       device-key", outcome.Text);
    }

    [Fact]
    public async Task A_service_with_a_Bee_node_is_told_about_node_postage_round_trip_and_mirror()
    {
        await using var node = await BeeNode.StartAsync();
        await using var service = await Service.StartAsync(
            "--Operator:Key", Key, "--Swarm:Nodes", node.Address.ToString(), "--Swarm:Batches", node.Buy(depth: 22).Id.ToString());

        var text = await shell.SucceedAsync("doctor", service.Address, "--operator-key", Key);

        Assert.All(new[] { "bee", "postage", "swarm", "mirror" }, name => Assert.Contains($"ok       {name}", text));
        Assert.Contains(service.Get<SwarmMirror>().Publisher.ToString(), text);
    }

    [Fact]
    public async Task The_receipt_key_that_is_shown_from_outside_is_the_one_that_the_service_names()
    {
        await using var service = await Service.StartAsync("--Operator:Key", Key);

        var text = await shell.SucceedAsync("doctor", service.Address, "--operator-key", Key);

        var seen = text.Split("Receipts are by ")[1].Split('.')[0];
        Assert.Contains($"Receipts are signed by {seen}.", text);
    }

    [Fact]
    public async Task Without_the_operators_key_it_says_how_to_look_inside()
    {
        await using var service = await Service.StartAsync();

        var outcome = await shell.RunAsync("doctor", service.Address);

        Assert.Equal(ExitCode.Ok, outcome.Code);
        Assert.Contains("skipped  inside", outcome.Text);
        Assert.Contains("REMOTELOG_OPERATOR_KEY", outcome.Text);
    }

    [Fact]
    public async Task A_service_without_an_operators_key_is_said_to_have_none()
    {
        await using var service = await Service.StartAsync();

        var outcome = await shell.RunAsync("doctor", service.Address, "--operator-key", Key);

        Assert.Equal(ExitCode.Ok, outcome.Code);
        Assert.Contains("Give it one, setting Operator:Key.", outcome.Text);
    }

    [Fact]
    public async Task A_wrong_key_fails_and_is_not_repeated()
    {
        await using var service = await Service.StartAsync("--Operator:Key", Key);

        var outcome = await shell.RunAsync("doctor", service.Address, "--operator-key", "not-the-operators-secret");

        Assert.Equal(ExitCode.Failed, outcome.Code);
        Assert.Contains("FAILED   inside", outcome.Text);
        Assert.DoesNotContain("not-the-operators-secret", outcome.Text + outcome.Error);
    }

    [Fact]
    public async Task Without_a_URL_it_looks_at_the_usual_server()
    {
        await using var service = await Service.StartAsync();
        shell.Server = service.Address;

        Assert.Contains("ok       round-trip", await shell.SucceedAsync("doctor"));
    }

    [Fact]
    public async Task Jobs_that_were_set_aside_fail_with_what_to_do()
    {
        await using var service = await Service.StartAsync("--Operator:Key", Key);
        await service.Storage.Jobs.EnqueueAsync("seal-poison", "x"u8.ToArray(), TimeSpan.Zero, Ct);

        var outcome = await shell.RunAsync("doctor", service.Address, "--operator-key", Key);

        Assert.Equal(ExitCode.Failed, outcome.Code);
        Assert.Contains("FAILED   queues", outcome.Text);
        Assert.Contains("seal-poison 1", outcome.Text);
        Assert.Contains("put the messages back", outcome.Text);
    }

    [Fact]
    public async Task A_filled_quarantine_is_a_warning_with_the_command_to_go_on_with()
    {
        await using var service = await Service.StartAsync("--Operator:Key", Key);
        await service.Storage.Quarantine.AddAsync("x"u8.ToArray(), null, "malformed-body", A.Moment, Ct);

        var outcome = await shell.RunAsync("doctor", service.Address, "--operator-key", Key);

        Assert.Equal(ExitCode.Ok, outcome.Code);
        Assert.Contains("warning  quarantine  1 messages", outcome.Text);
        Assert.Contains("remotelog quarantine list", outcome.Text);
        Assert.Contains("look at the warnings", outcome.Error);
    }

    [Fact]
    public async Task Content_that_cannot_be_stored_fails_with_where_to_look()
    {
        await using var service = await Service.StartAsync("--Operator:Key", Key);
        Directory.Delete(Path.Combine(service.DataFolder, "content"), recursive: true);
        await File.WriteAllTextAsync(Path.Combine(service.DataFolder, "content"), "in the way", Ct);

        var outcome = await shell.RunAsync("doctor", service.Address, "--operator-key", Key);

        Assert.Equal(ExitCode.Failed, outcome.Code);
        Assert.Contains("FAILED   content", outcome.Text);
        Assert.Contains("ok       queues", outcome.Text);
        Assert.Contains("Data:Folder", outcome.Text);
    }

    [Fact]
    public async Task Storage_that_does_not_answer_fails_with_where_to_look()
    {
        await using var service = await FakeService.StartAsync(context => context.Request.Path == "/api/health/live"
            ? FakeService.Healthy()(context)
            : FakeService.ProblemAsync(context, StatusCodes.Status503ServiceUnavailable, "storage-unavailable"));

        var outcome = await shell.RunAsync("doctor", service.Address);

        Assert.Equal(ExitCode.Failed, outcome.Code);
        Assert.Contains("ok       service", outcome.Text);
        Assert.Contains("FAILED   ready", outcome.Text);
        Assert.Contains("FAILED   round-trip", outcome.Text);
        Assert.Contains("identity has its roles", outcome.Text);
    }

    [Fact]
    public async Task What_does_not_listen_is_told_apart_from_what_has_no_name()
    {
        using var port = new ReservedPort();

        var closed = await shell.RunAsync("doctor", $"http://127.0.0.1:{port.Number}");
        var nameless = await shell.RunAsync("doctor", "http://nowhere.invalid");

        Assert.Equal((ExitCode.Failed, ExitCode.Failed), (closed.Code, nameless.Code));
        Assert.Contains("start the service, or check the port", closed.Text);
        Assert.Contains("check its spelling", nameless.Text);
        Assert.Contains("skipped  round-trip", closed.Text);
    }

    [Fact]
    public async Task What_is_no_RemoteLog_is_said_to_be_none()
    {
        await using var other = await FakeService.StartAsync(context => context.Response.WriteAsync("<html>It works!</html>"));

        var outcome = await shell.RunAsync("doctor", other.Address);

        Assert.Equal(ExitCode.Failed, outcome.Code);
        Assert.Contains("FAILED   service", outcome.Text);
        Assert.Contains("without /api", outcome.Text);
    }

    [Theory]
    [InlineData(-10, "600 s behind")]
    [InlineData(10, "600 s ahead of")]
    public async Task A_clock_that_is_off_by_minutes_fails(int minutes, string words)
    {
        await using var service = await FakeService.StartAsync(context =>
        {
            context.Response.Headers.Date = DateTimeOffset.UtcNow.AddMinutes(minutes).ToString("R");
            return FakeService.Healthy()(context);
        });

        var outcome = await shell.RunAsync("doctor", service.Address);

        Assert.Contains("FAILED   clock", outcome.Text);
        var told = System.Text.RegularExpressions.Regex.Match(outcome.Text, @"clock is (\d+) s (behind|ahead of)");
        Assert.EndsWith(told.Groups[2].Value, words);
        Assert.InRange(int.Parse(told.Groups[1].Value), 595, 605);
        Assert.Contains("NTP", outcome.Text);
    }

    [Fact]
    public async Task A_service_of_another_version_is_a_warning()
    {
        await using var service = await FakeService.StartAsync(FakeService.Healthy(version: "7.8.9"));

        var outcome = await shell.RunAsync("doctor", service.Address);

        Assert.Contains("warning  service", outcome.Text);
        Assert.Contains("RemoteLog 7.8.9", outcome.Text);
    }

    [Fact]
    public async Task An_expired_certificate_fails_with_its_date()
    {
        var end = DateTimeOffset.UtcNow.AddDays(-3);

        var outcome = await LookAtAsync("localhost", end);

        Assert.Contains($"expired at {end:yyyy-MM-dd}", outcome.Text);
        Assert.Contains("Renew it", outcome.Text);
    }

    [Fact]
    public async Task A_certificate_for_another_name_fails_with_both_names() =>
        Assert.Contains("for logs.example and not for localhost", (await LookAtAsync("logs.example", DateTimeOffset.UtcNow.AddDays(100))).Text);

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_fails() =>
        Assert.Contains("not trusted here", (await LookAtAsync("localhost", DateTimeOffset.UtcNow.AddDays(100))).Text);

    [Fact]
    public async Task Https_where_only_http_is_spoken_is_told()
    {
        await using var service = await FakeService.StartAsync(FakeService.Healthy());

        var outcome = await shell.RunAsync("doctor", service.Address.Replace("http:", "https:", StringComparison.Ordinal));

        Assert.Contains("FAILED   tls         No TLS there", outcome.Text);
    }

    [Fact]
    public async Task Answers_that_differ_from_what_was_signed_fail_the_round_trip()
    {
        await using var service = await FakeService.StartAsync(FakeService.Healthy(rest: context => context.Response.WriteAsync("nonsense")));

        var outcome = await shell.RunAsync("doctor", service.Address);

        Assert.Contains("FAILED   round-trip", outcome.Text);
    }

    [Fact]
    public async Task What_is_no_URL_is_a_matter_of_usage() =>
        Assert.Equal(ExitCode.Usage, (await shell.RunAsync("doctor", "logs.example")).Code);

    /// <summary>At a service that shows a certificate of its own making, which fails whatever it says; the rest is not looked at.</summary>
    private async Task<Outcome> LookAtAsync(string name, DateTimeOffset until)
    {
        using var certificate = FakeService.Certify(name, until);
        await using var service = await FakeService.StartAsync(FakeService.Healthy(), certificate);

        var outcome = await shell.RunAsync("doctor", service.Address);

        Assert.Equal(ExitCode.Failed, outcome.Code);
        Assert.Contains("FAILED   tls", outcome.Text);
        Assert.Contains("skipped  service", outcome.Text);
        return outcome;
    }
}
