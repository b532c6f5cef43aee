using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using RemoteLog.Bee.Emulator;
using RemoteLog.Functions.Operations;
using RemoteLog.Storage.Swarm;
using RemoteLog.Testing;

namespace RemoteLog.Functions.Tests;

/// <summary>What the service's operator is told of its Bee nodes, one fault at a time.</summary>
public sealed class SwarmChecksTests : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new(A.Moment);
    private BeeNode node = null!;
    private PostageBatch batch = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        node = await BeeNode.StartAsync();
        batch = node.Buy(depth: 22, timeToLive: TimeSpan.FromDays(30.5));
    }

    public ValueTask DisposeAsync() => node.DisposeAsync();

    [Fact]
    public async Task A_node_that_is_well_is_told_with_its_version_its_postage_and_the_publisher_of_mirrors()
    {
        await using var service = await StartAsync();
        batch.Fill(0.25);

        var (bee, postage, swarm, mirror) = (
            await CheckAsync(service, "bee"), await CheckAsync(service, "postage"), await CheckAsync(service, "swarm"), await CheckAsync(service, "mirror"));

        Assert.All(new[] { bee, postage, swarm, mirror }, finding => Assert.Equal((CheckStatus.Ok, null), (finding.Status, finding.Advice)));
        Assert.Contains("2.8.1-emulator", bee.Detail);
        Assert.Contains("25", postage.Detail);
        Assert.Contains("30.", postage.Detail);
        Assert.Contains("immutable", postage.Detail);
        Assert.Contains(service.Services.GetRequiredService<SwarmMirror>().Publisher.ToString(), mirror.Detail);
    }

    [Fact]
    public async Task Without_Swarm_all_of_it_is_skipped()
    {
        await using var service = await TestService.StartAsync(time);

        foreach (var name in new[] { "bee", "postage", "swarm", "mirror" })
        {
            var finding = await CheckAsync(service, name);
            Assert.Equal(CheckStatus.Skipped, finding.Status);
            Assert.Contains("Swarm:Nodes", finding.Detail);
        }
    }

    [Fact]
    public async Task A_node_that_is_starting_is_said_to_be_not_ready_and_neither_pays_nor_stores()
    {
        await using var service = await StartAsync();
        node.Faults.IsStarting = true;

        var bee = await CheckAsync(service, "bee");

        AssertFinding(CheckStatus.Failed, "is not ready", "caught up", bee);
        Assert.Equal(CheckStatus.Failed, (await CheckAsync(service, "postage")).Status);
        Assert.Equal(CheckStatus.Failed, (await CheckAsync(service, "swarm")).Status);
    }

    [Fact]
    public async Task A_node_that_is_gone_is_said_to_be_out_of_reach()
    {
        await using var service = await StartAsync();
        await node.DisposeAsync();

        AssertFinding(CheckStatus.Failed, "cannot be reached", "Swarm:Nodes", await CheckAsync(service, "bee"));
    }

    [Theory]
    [InlineData("secondary")]
    [InlineData("primary")]
    public async Task A_node_that_is_gone_fails_the_checks_of_Swarm_alone(string role)
    {
        await using var service = await StartAsync("--Swarm:Role", role);
        await node.DisposeAsync();

        var findings = await CheckAllAsync(service);

        Assert.Equal(["bee", "postage", "swarm"], findings.Where(finding => finding.Value.Status == CheckStatus.Failed).Select(finding => finding.Key).Order());
        Assert.Equal((CheckStatus.Ok, null), (findings["content"].Status, findings["content"].Advice));
        Assert.All(new[] { "bee", "postage", "swarm" }, name => Assert.DoesNotContain("storage account", findings[name].Advice));
    }

    [Fact]
    public async Task A_data_folder_that_takes_nothing_fails_its_own_check_alone()
    {
        await using var service = await StartAsync();
        var folder = Path.Combine(service.DataFolder, "content");
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        await File.WriteAllTextAsync(folder, "in the way", Ct);

        var findings = await CheckAllAsync(service);

        Assert.Equal("content", Assert.Single(findings, finding => finding.Value.Status == CheckStatus.Failed).Key);
        AssertFinding(CheckStatus.Failed, "data folder", "Data:Folder", findings["content"]);
    }

    [Fact]
    public async Task Where_content_is_in_Swarm_alone_no_other_store_is_looked_at()
    {
        await using var service = await StartAsync("--Swarm:Role", "only");
        await CheckAsync(service, "swarm");
        var stored = node.Network.Addresses.Count;

        var content = await CheckAsync(service, "content");

        Assert.Equal(CheckStatus.Skipped, content.Status);
        Assert.Contains("'swarm'", content.Detail);
        Assert.Equal(stored, node.Network.Addresses.Count);
    }

    [Fact]
    public async Task Of_two_nodes_one_may_be_gone_and_it_is_a_warning()
    {
        await using var other = await BeeNode.StartAsync(network: node.Network);
        await using var service = await StartAsync([node, other], [batch, other.Buy(depth: 22)]);
        await node.DisposeAsync();

        foreach (var name in new[] { "bee", "postage", "swarm" })
        {
            var finding = await CheckAsync(service, name);
            Assert.Equal(CheckStatus.Warning, finding.Status);
            Assert.Contains("cannot be reached", finding.Detail);
            Assert.Contains(other.Address.Authority, finding.Detail);
        }
    }

    [Fact]
    public async Task A_node_without_peers_is_said_to_be_alone()
    {
        await using var service = await StartAsync();
        node.Faults.HasNoPeers = true;

        AssertFinding(CheckStatus.Failed, "no peers", "p2p port", await CheckAsync(service, "bee"));
    }

    [Fact]
    public async Task An_API_that_is_not_known_is_a_warning()
    {
        await using var newer = await BeeNode.StartAsync(new BeeNodeOptions { ApiVersion = "9.0.0" });
        await using var service = await StartAsync([newer], [newer.Buy()]);

        AssertFinding(CheckStatus.Warning, "API 9.0.0", "newer RemoteLog", await CheckAsync(service, "bee"));
    }

    [Fact]
    public async Task A_batch_that_is_nearly_full_is_a_warning_with_what_to_do()
    {
        await using var service = await StartAsync();
        batch.Fill(0.9);

        AssertFinding(CheckStatus.Warning, "89", "dilute it", await CheckAsync(service, "postage"));
    }

    [Fact]
    public async Task A_batch_that_is_nearly_over_is_a_warning_with_what_to_do()
    {
        await using var service = await StartAsync([node], [node.Buy(depth: 22, timeToLive: TimeSpan.FromDays(3.5))]);

        AssertFinding(CheckStatus.Warning, "3.", "top it up", await CheckAsync(service, "postage"));
    }

    [Theory]
    [InlineData("missing", "bought elsewhere", "Buy an immutable batch")]
    [InlineData("mutable", "It is mutable", "Buy an immutable batch")]
    [InlineData("young", "not usable yet", "wait a minute")]
    public async Task Without_a_batch_that_pays_it_fails_with_what_to_do(string what, string because, string advice)
    {
        var bought = node.Buy(depth: 22, isImmutable: what != "mutable", isYoung: what == "young");
        await using var service = await StartAsync([node], [bought]);
        if (what == "missing") node.Expire(bought);

        AssertFinding(CheckStatus.Failed, because, advice, await CheckAsync(service, "postage"));
        Assert.Equal(CheckStatus.Failed, (await CheckAsync(service, "swarm")).Status);
    }

    [Fact]
    public async Task A_batch_of_another_node_is_no_fault()
    {
        await using var other = await BeeNode.StartAsync(network: node.Network);
        await using var service = await StartAsync([node, other], [batch, other.Buy(depth: 22)]);

        Assert.Equal(CheckStatus.Ok, (await CheckAsync(service, "postage")).Status);
    }

    [Fact]
    public async Task What_the_network_refuses_fails_the_round_trip()
    {
        await using var service = await StartAsync();
        node.Faults.FailingPushes = 1;

        AssertFinding(CheckStatus.Failed, "split write all failed", "log", await CheckAsync(service, "swarm"));
    }

    [Fact]
    public async Task A_node_that_answers_another_reference_fails_the_round_trip()
    {
        await using var service = await StartAsync();
        node.Faults.AnswersWrongReference = true;

        AssertFinding(CheckStatus.Failed, "which it is not", "log", await CheckAsync(service, "swarm"));
    }

    [Fact]
    public async Task What_is_stored_and_not_found_yet_is_a_warning()
    {
        await using var service = await StartAsync();
        node.Faults.DelayBeforeReadable = TimeSpan.FromHours(1);

        AssertFinding(CheckStatus.Warning, "does not find it yet", "Look again", await CheckAsync(service, "swarm"));
    }

    [Fact]
    public async Task However_often_somebody_looks_a_day_costs_one_stamp()
    {
        await using var service = await StartAsync();
        for (var i = 0; i < 3; i++) Assert.Equal(CheckStatus.Ok, (await CheckAsync(service, "swarm")).Status);
        Assert.Single(node.Network.Addresses);

        time.Advance(TimeSpan.FromDays(1));
        await CheckAsync(service, "swarm");

        Assert.Equal(2, node.Network.Addresses.Count);
    }

    private Task<TestService> StartAsync(params string[] settings) => StartAsync([node], [batch], settings);

    private Task<TestService> StartAsync(BeeNode[] nodes, PostageBatch[] batches, params string[] settings) => TestService.StartAsync(
        time,
        [
            "--Swarm:Nodes", string.Join(' ', nodes.Select(each => each.Address)), "--Swarm:Batches", string.Join(' ', batches.Select(each => each.Id)),
            "--Triggers:PollMilliseconds", "600000", .. settings,
        ]);

    private static async Task<Dictionary<string, CheckFinding>> CheckAllAsync(TestService service)
    {
        Dictionary<string, CheckFinding> findings = [];
        foreach (var check in service.Services.GetServices<ServiceCheck>()) findings[check.Name] = await check.RunAsync(Ct);
        return findings;
    }

    private static async Task<CheckFinding> CheckAsync(TestService service, string name) =>
        await service.Services.GetServices<ServiceCheck>().Single(check => check.Name == name).RunAsync(Ct);

    private static void AssertFinding(CheckStatus status, string detail, string advice, CheckFinding finding)
    {
        Assert.Equal(status, finding.Status);
        Assert.Contains(detail, finding.Detail);
        Assert.Contains(advice, finding.Advice);
    }
}
