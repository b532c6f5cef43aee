using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using RemoteLog.Bee.Emulator;
using RemoteLog.Client;
using RemoteLog.Functions.Operations;
using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;
using RemoteLog.Server.Storage;
using RemoteLog.Testing;
using static RemoteLog.Functions.Tests.TestService;

namespace RemoteLog.Functions.Tests;

/// <summary>The service with a Bee node beside it.</summary>
public sealed class SwarmTests : IAsyncLifetime
{
    private const string Key = "the-operators-secret";

    private readonly FakeTimeProvider time = new(A.Moment);
    private readonly Device device = new();
    private BeeNode node = null!;
    private PostageBatch batch = null!;

    public async ValueTask InitializeAsync()
    {
        node = await BeeNode.StartAsync();
        batch = node.Buy(depth: 22);
    }

    public ValueTask DisposeAsync() => node.DisposeAsync();

    [Theory]
    [InlineData("primary")]
    [InlineData("secondary")]
    [InlineData("only")]
    public async Task Pages_and_large_entries_get_into_Swarm_whatever_its_role(string role)
    {
        await using var service = await StartAsync(role);
        var large = A.Bytes(20_000);

        await AppendAsync(service, Entry.Embedded(large), Entry.Embedded("small"u8.ToArray()));
        await SettleAsync(service);

        var head = (await service.FindHeadAsync(device))!;
        Assert.Equal(2, head.Sealed);
        Assert.Equal(CidKind.Swarm, head.Page!.Value.Kind);
        Assert.True(node.Network.Has(head.Page.Value.Hash));
        Assert.True(node.Network.Has(TreeHasher.Root(large)));
        Assert.Equal(TreeHasher.AddressOf(large), (await service.ReadAsync(device))[0].Entries[0].Address);
        Assert.Equal(large, await service.Http.GetByteArrayAsync($"/api/v1/content/{TreeHasher.AddressOf(large)}"));
    }

    [Theory]
    [InlineData("primary")]
    [InlineData("secondary")]
    [InlineData("only")]
    public async Task While_the_node_is_away_appends_go_on_and_what_waits_shows(string role)
    {
        await using var service = await StartAsync(role);
        node.Faults.IsStarting = true;

        await AppendAsync(service, Entry.Embedded("one"u8.ToArray()), Entry.Embedded("two"u8.ToArray()));
        var isSecondary = role == "secondary";
        if (isSecondary) await service.Services.GetRequiredService<JobPump>().PumpAsync(default);

        var ready = await ReadinessAsync(service);
        Assert.Equal("degraded", ready.GetProperty("status").GetString());
        Assert.False(ready.GetProperty("nodes")[0].GetProperty("works").GetBoolean());
        Assert.Equal(isSecondary ? 1 : 0, ready.GetProperty("waiting").GetProperty("copies").GetInt32());
        Assert.Equal(isSecondary ? 0 : 1, ready.GetProperty("waiting").GetProperty("logs").GetInt32());
        Assert.DoesNotContain(node.Address.Port.ToString(), ready.GetRawText());
        Assert.Equal(2, (await service.FindHeadAsync(device))!.Sequence);
    }

    [Fact]
    public async Task A_batch_that_is_nearly_full_shows_before_it_hurts()
    {
        await using var service = await StartAsync("secondary");
        batch.Fill(0.9);

        var ready = await ReadinessAsync(service);

        Assert.Equal("degraded", ready.GetProperty("status").GetString());
        var state = ready.GetProperty("nodes")[0].GetProperty("batches")[0];
        Assert.Equal(batch.Id.ToString(), state.GetProperty("id").GetString());
        Assert.Contains("full", state.GetProperty("problem").GetString());
    }

    [Fact]
    public async Task With_everything_well_the_service_is_ready_and_says_what_it_pays_with()
    {
        await using var service = await StartAsync("secondary");

        var ready = await ReadinessAsync(service);

        Assert.Equal("ok", ready.GetProperty("status").GetString());
        Assert.InRange(ready.GetProperty("nodes")[0].GetProperty("batches")[0].GetProperty("lifeSeconds").GetInt64(), 1, 366 * 86_400);
    }

    [Fact]
    public async Task With_Swarm_alone_an_upload_is_told_which_address_is_wanted_and_the_client_uses_it()
    {
        await using var service = await StartAsync("only");
        var large = A.Bytes(50_000);

        var refused = await AssertProblemAsync(
            await service.Http.PutAsync($"/api/v1/content/{Cid.Of(large)}", new ByteArrayContent(large)), 400, "invalid-address");
        var entry = await new RemoteLogClient(service.Http, service.Http.BaseAddress!).UploadAsync(() => new MemoryStream(large));

        Assert.Equal("swarm", refused.GetProperty("kind").GetString());
        Assert.Equal(TreeHasher.AddressOf(large), entry.Address);
        Assert.Equal(Digest.Of(large), entry.DataDigest);
        Assert.True(node.Network.Has(entry.Address!.Value.Hash));
    }

    [Fact]
    public async Task A_repair_makes_good_what_the_data_folder_and_Swarm_lack()
    {
        await using var service = await StartAsync("secondary", TimeProvider.System);
        var (large, tail) = (A.Bytes(20_000), A.Bytes(30_000));
        await AppendAsync(service, Entry.Embedded(large), Entry.Embedded("small"u8.ToArray()));
        await service.Services.GetRequiredService<JobPump>().PumpAsync(default);
        await AppendAsync(service, Entry.Embedded(tail));
        var repair = new LogRepair(new RemoteLogClient(service.Http, service.Http.BaseAddress!), Key);

        // The copies that are due in a moment are missing until then.
        var first = await repair.RepairAsync(device.Log).LastAsync();
        foreach (var file in Directory.EnumerateFiles(service.DataFolder, TreeHasher.AddressOf(large).ToString(), SearchOption.AllDirectories)) File.Delete(file);
        var second = await repair.RepairAsync(device.Log).LastAsync();

        Assert.Equal((3, 3, 0), (first.Sequence, first.Whole + first.Repaired, first.Lost));
        Assert.Equal(new LogRepairReport(3, 3, Whole: 2, Repaired: 1, Lost: 0), second);
        Assert.All(new[] { TreeHasher.Root(large), TreeHasher.Root(tail), (await service.FindHeadAsync(device))!.Page!.Value.Hash }, root => Assert.True(node.Network.Has(root)));
        Assert.Single(Directory.EnumerateFiles(service.DataFolder, TreeHasher.AddressOf(large).ToString(), SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_repair_tells_after_every_few_pages_how_far_it_has_come()
    {
        await using var service = await StartAsync("secondary", TimeProvider.System);
        for (var i = 0; i < 40; i++) await AppendAsync(service, Entry.Embedded("small"u8.ToArray()));
        await service.Services.GetRequiredService<JobPump>().PumpAsync(default);
        var pages = (await service.Services.GetRequiredService<LogStorage>().Names.ReadPagesAsync(device.Log, 0, 100, default)).Count;
        foreach (var page in await service.Services.GetRequiredService<LogStorage>().Names.ReadPagesAsync(device.Log, 0, 100, default))
        {
            node.Network.Plant(page.Address.Hash, await ChunkOfAsync(service, page.Address), isSingleOwner: false);
        }

        var steps = await new LogRepair(new RemoteLogClient(service.Http, service.Http.BaseAddress!), Key).RepairAsync(device.Log).ToListAsync();

        Assert.Equal(20, pages);
        Assert.Equal([16, 32, 40], steps.Select(step => step.Sequence));
        Assert.Equal([8, 16, 20], steps.Select(step => step.Whole));
        Assert.All(steps, step => Assert.Equal(40, step.Head));
    }

    [Fact]
    public async Task Only_operators_repair_and_only_logs_that_there_are()
    {
        await using var service = await StartAsync("secondary");

        await AssertProblemAsync(await service.SendAsync(HttpMethod.Post, device.Path + "/repair"), 401, "wrong-operator-key");
        await AssertProblemAsync(
            await service.SendAsync(HttpMethod.Post, device.Path + "/repair", ("Authorization", $"Bearer {Key}")), 404, "unknown-log");
        await AssertProblemAsync(
            await service.SendAsync(HttpMethod.Post, device.Path + "/repair?after=x", ("Authorization", $"Bearer {Key}")), 400, "invalid-parameter");
    }

    [Theory]
    [InlineData("Swarm:Nodes", "127.0.0.1:1633", null, null, "not the address of a node")]
    [InlineData("Swarm:Nodes", "ftp://127.0.0.1", null, null, "not the address of a node")]
    [InlineData("Swarm:Nodes", "http://127.0.0.1:1633", "Swarm:Batches", "", "Buy an immutable one")]
    [InlineData("Swarm:Nodes", "http://127.0.0.1:1633", "Swarm:Batches", "0xabc", "64 hexadecimal digits")]
    [InlineData("Swarm:Nodes", "", null, null, "no node that has them")]
    [InlineData("Swarm:Nodes", "http://127.0.0.1:1633", "Swarm:Role", "third", "Swarm")]
    public void A_setting_that_makes_no_sense_is_said_at_the_start(string name, string value, string? other, string? otherValue, string because)
    {
        using var folder = new TemporaryFolder();
        List<string> settings = ["--Data:Folder", folder.Path, "--Swarm:Batches", batch.Id.ToString(), $"--{name}", value];
        if (other is not null) settings.AddRange([$"--{other}", otherValue!]);

        Assert.Contains(because, Assert.Throws<InvalidSettingException>(() => RemoteLogApp.Build([.. settings])).Message);
    }

    private Task<TestService> StartAsync(string role, TimeProvider? clock = null) => TestService.StartAsync(
        clock ?? time, "--Swarm:Nodes", node.Address.AbsoluteUri, "--Swarm:Batches", batch.Id.ToString(), "--Swarm:Role", role,
        "--Pages:Entries", "2", "--Operator:Key", Key, "--Triggers:PollMilliseconds", "600000");

    private async Task AppendAsync(TestService service, params Entry[] entries) =>
        Assert.Equal(HttpStatusCode.OK, (await service.AppendAsync(device, device.Write(entries))).StatusCode);

    /// <summary>Does all that is left to be done; copies are due a moment after their content.</summary>
    private async Task SettleAsync(TestService service)
    {
        var (storage, pump) = (service.Services.GetRequiredService<LogStorage>(), service.Services.GetRequiredService<JobPump>());
        await pump.PumpAsync(default);
        time.Advance(TimeSpan.FromSeconds(3));
        await pump.PumpAsync(default);
        Assert.Equal((0, 0), (await storage.Jobs.CountAsync("seal", default), await storage.Jobs.CountAsync("replicate", default)));
    }

    /// <summary>A page of less than 4096 bytes, as Swarm stores it.</summary>
    private static async Task<byte[]> ChunkOfAsync(TestService service, Cid page)
    {
        var bytes = await service.Http.GetByteArrayAsync($"/api/v1/content/{page}");
        return [.. BitConverter.GetBytes((long)bytes.Length), .. bytes];
    }

    private static async Task<JsonElement> ReadinessAsync(TestService service) =>
        JsonDocument.Parse(await service.Http.GetStringAsync("/api/health/ready")).RootElement;
}
