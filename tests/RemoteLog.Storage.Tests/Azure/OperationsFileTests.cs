using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using RemoteLog.Protocol;
using RemoteLog.Server;
using RemoteLog.Server.Mirror;
using RemoteLog.Server.Replicate;
using RemoteLog.Server.Seal;
using RemoteLog.Server.Wake;
using RemoteLog.Storage.Swarm;
using RemoteLog.Storage.Tests.Swarm;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests.Azure;

/// <summary>
/// What each thing that the service does costs in operations, held against docs/operations.json, from which the command line reckons the monthly bill.
/// </summary>
public sealed class OperationsFileTests(Azurite azurite, ITestOutputHelper output)
{
    private const int PageEntries = 256;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_the_calculator_takes_for_granted_is_what_is_measured()
    {
        var measured = await MeasureAsync();

        output.WriteLine(JsonSerializer.Serialize(measured));
        var written = JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, double>>>(
            JsonDocument.Parse(await File.ReadAllTextAsync(FilePath(), Ct)).RootElement.GetProperty("operations"))!;
        Assert.Equal(measured.Keys.Order(), written.Keys.Order());
        Assert.All(measured, each => Assert.Equal(each.Value.OrderBy(meter => meter.Key), written[each.Key].OrderBy(meter => meter.Key)));
    }

    private async Task<Dictionary<string, Dictionary<string, double>>> MeasureAsync()
    {
        var options = await azurite.NewOptionsAsync();
        var storage = (await azurite.OpenAsync(options, transport: null, time: null)).Storage;
        using var count = new OperationCount(options.Prefix);
        async Task<Dictionary<string, double>> OfAsync(Func<Task> act) => Sum(await count.OfAsync(act));

        using var server = new ServerOnAzure(storage, new PageOptions());
        var device = new Device();
        Dictionary<string, Dictionary<string, double>> measured = [];

        // The first append of a log reads; the one that fills a page enqueues a job.
        var first = await OfAsync(() => server.WriteAsync(device, "x"));
        measured["append"] = await OfAsync(() => server.WriteAsync(device, "x"));
        measured["first append"] = Less(first, measured["append"]);
        for (var i = 2; i < PageEntries - 1; i++) await server.WriteAsync(device, "x");
        measured["fill"] = Less(await OfAsync(() => server.WriteAsync(device, "x")), measured["append"]);

        // Sealing, with its job taken off the queue.
        measured["seal"] = await OfAsync(async () =>
        {
            var job = Assert.Single(await storage.Jobs.ReceiveAsync("seal", 1, TimeSpan.FromMinutes(1), Ct));
            await server.Sealer.SealAsync(device.Log, Ct);
            await storage.Jobs.CompleteAsync(job, Ct);
        });
        measured["poll"] = await OfAsync(async () => Assert.Empty(await storage.Jobs.ReceiveAsync("seal", 1, TimeSpan.FromMinutes(1), Ct)));

        // Reading: of the tail, and what a page adds.
        await server.WriteAsync(device, "x");
        measured["read"] = await OfAsync(() => server.ReadAsync(device, PageEntries));
        measured["read page"] = Less(
            await OfAsync(async () =>
            {
                var runs = await server.ReadAsync(device, after: 0);
                await using var page = await storage.Pages.FindAsync(Assert.Single(runs, run => run.Page is not null).Page!.Value, 0, null, Ct);
                await page!.CopyToAsync(Stream.Null, Ct);
            }),
            measured["read"]);

        // An entry that is content of its own: stored with its append, and fetched.
        using var apart = new ServerOnAzure(storage, new PageOptions { EmbedBytes = 0 });
        var other = new Device();
        await apart.WriteAsync(other, "first");
        var text = A.Bytes(100);
        measured["store apart"] = Less(await OfAsync(() => apart.WriteAsync(other, Convert.ToHexString(text))), measured["append"]);
        var address = new Cid(CidKind.Sha256, Digest.Of(System.Text.Encoding.UTF8.GetBytes(Convert.ToHexString(text))));
        measured["read apart"] = await OfAsync(async () =>
        {
            Assert.NotNull(await storage.Content.FindLengthAsync(address, Ct));
            await using var content = await storage.Content.FindAsync(address, 0, null, Ct);
            await content!.CopyToAsync(Stream.Null, Ct);
        });

        // Bytes: what a full page is longer than the data in it.
        var head = await storage.Names.FindHeadAsync(device.Log, Ct);
        var length = await storage.Pages.FindLengthAsync(head!.Head.Page!.Value, Ct);
        measured["page"] = new() { ["overhead bytes an entry"] = Math.Round((length!.Value - PageEntries) / (double)PageEntries, 2) };
        measured["page apart"] = new() { ["overhead bytes an entry"] = await SealApartAsync(storage) };
        await MeasureWakingAsync(measured);
        await MeasureSwarmAsync(measured);
        return measured;
    }

    /// <summary>From an append to the hint that wakes a follower. Time is the test's, so that jobs are due when it says so.</summary>
    private async Task MeasureWakingAsync(Dictionary<string, Dictionary<string, double>> measured)
    {
        var time = new FakeTimeProvider(A.Moment);
        var options = await azurite.NewOptionsAsync();
        var storage = (await azurite.OpenWithClockAsync(options, time)).Storage;
        using var count = new OperationCount(options.Prefix);
        async Task<Dictionary<string, double>> OfAsync(Func<Task> act) => Sum(await count.OfAsync(act));

        var setup = new PushSetup(new PushOffer(string.Empty, [PushChannels.NameOf(PushChannel.WebPush)]), _ => null);
        var (push, wake, random) = (new RecordedPush(time), new HintOptions(), new SeededRandom());
        using var server = new ServerOnAzure(storage, push: setup, time: time);
        using var meter = new WakeMeter();
        var seal = new TargetSeal([A.Bytes(TargetSeal.KeySize)], random);
        var registrar = new DeviceRegistrar(storage, setup, seal, wake, new RegistrationLimit(wake, time), random, time);
        var mirrorer = new Mirrorer(storage, mirror: null, new PageOptions(), NullLogger<Mirrorer>.Instance);
        var hints = new HintWorker(storage, mirrorer, wake, random, meter, time, NullLogger<HintWorker>.Instance);
        var deliverer = new Deliverer(storage, push, seal, wake, random, meter, time, NullLogger<Deliverer>.Instance);
        Task SpreadAsync() => WorkAsync(storage, time, HintWorker.Queue, job => hints.WorkAsync(job.Body, job.Deliveries, Ct));
        Task DeliverAsync() => WorkAsync(storage, time, PushChannels.QueueOf(PushChannel.WebPush), job => deliverer.DeliverAsync(job.Body, Ct));

        // An append that is the first of its window, and the job that looks for followers and finds none.
        var device = new Device();
        await server.WriteAsync(device, "x");
        await SpreadAsync();
        measured["announce"] = Less(await OfAsync(() => server.WriteAsync(device, "x")), measured["append"]);
        measured["spread"] = await OfAsync(SpreadAsync);

        // A phone that follows, and has been silent for a while.
        var phone = new Phone();
        Assert.IsType<DeviceResult.Accepted>(await registrar.AcceptAsync(phone.Register(), Ct));
        await DeliverAsync();
        Assert.IsType<DeviceResult.Accepted>(await registrar.ConfirmAsync(phone.Owner, Assert.Single(push.Sent).Hint.Token!, Ct));
        Assert.IsType<DeviceResult.Accepted>(await registrar.AcceptAsync(phone.Follow(device.Log), Ct));
        time.Advance(TimeSpan.FromHours(1));

        // It is noted down that it must be told, more news join that, and it is told all of it by one hint.
        await server.WriteAsync(device, "x");
        var note = Less(await OfAsync(SpreadAsync), measured["spread"]);
        await server.WriteAsync(device, "x");
        measured["merge"] = Less(await OfAsync(SpreadAsync), measured["spread"]);
        var delivery = await OfAsync(DeliverAsync);
        Assert.Equal(2, push.Sent.Count);
        measured["hint"] = note.Concat(delivery).GroupBy(meter => meter.Key).ToDictionary(meter => meter.Key, meter => meter.Sum(each => each.Value));
    }

    /// <summary>What a copy to Swarm and its mirror ask of the accounts; what they ask of the node is not Azure's to bill.</summary>
    private async Task MeasureSwarmAsync(Dictionary<string, Dictionary<string, double>> measured)
    {
        var time = new FakeTimeProvider(A.Moment);
        var options = await azurite.NewOptionsAsync();
        var azure = (await azurite.OpenWithClockAsync(options, time)).Storage;
        using var count = new OperationCount(options.Prefix);
        async Task<Dictionary<string, double>> OfAsync(Func<Task> act) => Sum(await count.OfAsync(act));

        await using var nodes = new SwarmNodes();
        var node = await nodes.StartAsync();
        var swarm = nodes.Open(node, node.Buy(depth: 24));
        var storage = azure with { Pages = new ReplicatedContent("pages", azure.Pages, swarm, azure.Jobs) };
        using var server = new ServerOnAzure(storage, new PageOptions { Entries = 4 }, time: time);
        var replicator = new Replicator(storage, NullLogger<Replicator>.Instance);
        using var mirror = new SwarmMirror(swarm, SigningKey.Create(KeyCurve.Secp256k1));
        var mirrorer = new Mirrorer(storage, mirror, new PageOptions(), NullLogger<Mirrorer>.Instance);
        Task MirrorAsync() => WorkAsync(storage, time, Mirrorer.Queue, async job => await mirrorer.MirrorAsync(LogName.Parse(Encoding.ASCII.GetString(job.Body.Span)), Ct));

        // A page, with the job that copies it.
        var device = new Device();
        for (var i = 0; i < 4; i++) await server.WriteAsync(device, "x");
        var sealing = await OfAsync(async () =>
        {
            var job = Assert.Single(await storage.Jobs.ReceiveAsync(Sealer.Queue, 1, TimeSpan.FromMinutes(1), Ct));
            await server.Sealer.SealAsync(device.Log, Ct);
            await storage.Jobs.CompleteAsync(job, Ct);
        });
        var copying = await OfAsync(() => WorkAsync(storage, time, ReplicatedContent.Queue, job => replicator.ReplicateAsync(job.Body, job.Deliveries, Ct)));
        measured["copy"] = Less(sealing, measured["seal"]).Concat(copying).GroupBy(meter => meter.Key).ToDictionary(meter => meter.Key, meter => meter.Sum(each => each.Value));

        // Two appends in a row: the first update of a feed also looks where it begins.
        await mirrorer.EnqueueAsync(device.Log, Ct);
        await MirrorAsync();
        await server.WriteAsync(device, "x");
        measured["mirror"] = await OfAsync(async () =>
        {
            await mirrorer.EnqueueAsync(device.Log, Ct);
            await MirrorAsync();
        });
    }

    /// <summary>Lets time pass until there is a job, and does it.</summary>
    private static async Task WorkAsync(Server.Storage.LogStorage storage, FakeTimeProvider time, string queue, Func<Server.Storage.Job, ValueTask> work)
    {
        time.Advance(TimeSpan.FromSeconds(20));
        var job = Assert.Single(await storage.Jobs.ReceiveAsync(queue, 1, TimeSpan.FromMinutes(1), Ct));
        await work(job);
        await storage.Jobs.CompleteAsync(job, Ct);
    }

    /// <summary>Length an entry of a page that only says where its entries are.</summary>
    private static async Task<double> SealApartAsync(Server.Storage.LogStorage storage)
    {
        const int Entries = 64;
        using var server = new ServerOnAzure(storage, new PageOptions { EmbedBytes = 0, Entries = Entries });
        var device = new Device();
        await server.WriteAsync(device, [.. Enumerable.Range(0, Entries).Select(i => $"message {i:D6}")]);
        await server.Sealer.SealAsync(device.Log, Ct);
        var head = await storage.Names.FindHeadAsync(device.Log, Ct);
        return Math.Round((await storage.Pages.FindLengthAsync(head!.Head.Page!.Value, Ct) ?? 0) / (double)Entries, 2);
    }

    /// <summary>By what is billed: table transactions, blob writes and reads (deletes are free), queue operations.</summary>
    private static Dictionary<string, double> Sum(IEnumerable<string> operations) => operations
        .Select(operation => operation.Split(' ') switch
        {
            ["table", _] => "table transactions",
            ["queue", _] => "queue operations",
            ["blob", "PUT"] => "blob writes",
            ["blob", "GET" or "HEAD"] => "blob reads",
            ["blob", "DELETE"] => null,
            _ => throw new InvalidOperationException($"Nobody said what '{operation}' is billed as."),
        })
        .OfType<string>().GroupBy(meter => meter).ToDictionary(meter => meter.Key, meter => (double)meter.Count());

    private static Dictionary<string, double> Less(Dictionary<string, double> all, Dictionary<string, double> part) => all
        .Select(meter => (meter.Key, Value: meter.Value - part.GetValueOrDefault(meter.Key)))
        .Where(meter => meter.Value != 0).ToDictionary(meter => meter.Key, meter => meter.Value);

    private static string FilePath([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "docs", "operations.json"));
}
