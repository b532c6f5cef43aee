using System.Text.Json;
using RemoteLog.Bee.Emulator;
using RemoteLog.Protocol;
using RemoteLog.Server.Replicate;
using RemoteLog.Server.Seal;

namespace RemoteLog.Cli.Tests;

/// <summary>An operator has two stores compared, against the real app with a Bee node beside it.</summary>
public sealed class RepairTests : IAsyncLifetime
{
    private const string Key = "the-operators-secret";
    private const int Pages = 2;

    private BeeNode node = null!;
    private Service service = null!;
    private Shell shell = null!;
    private string log = "";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Two pages, none of them copied to Swarm yet.</summary>
    public async ValueTask InitializeAsync()
    {
        node = await BeeNode.StartAsync();
        service = await Service.StartAsync(
            "--Swarm:Nodes", node.Address.ToString(), "--Swarm:Batches", node.Buy().Id.ToString(), "--Pages:Entries", "2", "--Operator:Key", Key,
            "--Triggers:PollMilliseconds", "600000");
        shell = new Shell(service.Address);
        for (var i = 1; i <= 2 * Pages; i++) await shell.SucceedAsync("append", "notes", $"message {i}");
        log = $"{(await shell.SucceedAsync("keys", "show")).Split('\n')[0]}/notes";
        await service.Get<Sealer>().SealAsync(LogName.Parse(log), Ct);
    }

    public async ValueTask DisposeAsync()
    {
        shell.Dispose();
        await service.DisposeAsync();
        await node.DisposeAsync();
    }

    [Fact]
    public async Task What_the_second_store_lacks_is_copied_to_it()
    {
        var outcome = await RepairAsync();

        Assert.Equal((ExitCode.Ok, $"{log}: 0 contents were in both stores, 2 were repaired, 0 are lost.\n"), (outcome.Code, outcome.Text));
        Assert.All(await AddressesAsync(), address => Assert.True(node.Network.Has(address.Hash)));
    }

    [Fact]
    public async Task What_the_first_store_lacks_is_copied_back()
    {
        await RepairAsync();
        var lost = (await AddressesAsync())[0];
        File.Delete(Assert.Single(FilesOf(lost)));

        var outcome = await RepairAsync();

        Assert.Equal((ExitCode.Ok, $"{log}: 1 contents were in both stores, 1 were repaired, 0 are lost.\n"), (outcome.Code, outcome.Text));
        Assert.Single(FilesOf(lost));
    }

    [Fact]
    public async Task What_neither_store_has_is_lost_and_the_command_says_so_to_scripts()
    {
        await CopyAsync((await AddressesAsync())[1]);
        File.Delete(Assert.Single(FilesOf((await AddressesAsync())[0])));

        var outcome = await RepairAsync("--json");

        Assert.Equal(ExitCode.Failed, outcome.Code);
        var report = JsonDocument.Parse(outcome.Text).RootElement;
        Assert.Equal(log, report.GetProperty("log").GetString());
        Assert.Equal(
            (1, 0, 1), (report.GetProperty("whole").GetInt32(), report.GetProperty("repaired").GetInt32(), report.GetProperty("lost").GetInt32()));
    }

    [Fact]
    public async Task Without_the_operators_key_it_says_which_one_it_needs()
    {
        var outcome = await shell.RunAsync("repair", log);

        Assert.Equal(ExitCode.Usage, outcome.Code);
        Assert.Contains("REMOTELOG_OPERATOR_KEY", outcome.Error);
        Assert.DoesNotContain(node.Requests, request => request.Path.StartsWith("/bytes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_log_that_was_never_written_is_not_found()
    {
        using var key = SigningKey.Create();

        Assert.Equal(ExitCode.NotFound, (await shell.RunAsync("repair", $"{key.Owner}/notes", "--operator-key", Key)).Code);
    }

    private Task<Outcome> RepairAsync(params string[] options) => shell.RunAsync(["repair", log, "--operator-key", Key, .. options]);

    private async Task<IReadOnlyList<Cid>> AddressesAsync() =>
        [.. (await service.Storage.Names.ReadPagesAsync(LogName.Parse(log), 0, 100, Ct)).Select(page => page.Address)];

    private async Task CopyAsync(Cid address) => Assert.True(await ((ReplicatedContent)service.Storage.Pages).CopyAsync(address, Ct));

    private string[] FilesOf(Cid address) => Directory.GetFiles(service.DataFolder, address.ToString(), SearchOption.AllDirectories);
}
