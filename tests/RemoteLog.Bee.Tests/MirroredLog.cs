using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using RemoteLog.Bee.Emulator;
using RemoteLog.Client;
using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;
using RemoteLog.Server;
using RemoteLog.Server.Append;
using RemoteLog.Server.Mirror;
using RemoteLog.Server.Read;
using RemoteLog.Server.Seal;
using RemoteLog.Server.Storage;
using RemoteLog.Server.Wake;
using RemoteLog.Storage.Embedded;
using RemoteLog.Storage.Swarm;
using RemoteLog.Testing;

namespace RemoteLog.Bee.Tests;

/// <summary>A device's log on a server that keeps pages on Swarm and mirrors heads there, through an emulated node.</summary>
internal sealed class MirroredLog : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly EmbeddedStorage embedded;
    private readonly SwarmContent content;
    private readonly SigningKey receipts = SigningKey.Create();
    private readonly SigningKey key = SigningKey.Create(KeyCurve.Secp256k1);
    private readonly HttpClient http = new();
    private readonly OpenLogs logs = new(new LimitOptions());
    private readonly Meter meter = new(LogMetrics.MeterName);
    private readonly Appender appender;
    private readonly Sealer sealer;

    private MirroredLog(BeeNode node, PageOptions pages)
    {
        Node = node;
        var time = new FakeTimeProvider(A.Moment) { AutoAdvanceAmount = TimeSpan.FromMilliseconds(1) };
        embedded = EmbeddedStorage.Open(folder.Path, time);
        content = SwarmContent.Open(new SwarmOptions { Nodes = [node.Address], Batches = [node.Buy().Id] }, TimeProvider.System);
        Storage = embedded.Storage with { Pages = content, Content = content };
        var history = new LogHistory(Storage);
        var metrics = new LogMetrics(meter);
        var watch = new HeadWatch(Storage, new WaitOptions(), time);
        appender = new Appender(
            Storage, history, new EntryContent(Storage, pages, new SweepOptions(), time), watch,
            new Announcer(Storage, PushSetup.None, new Mirrorer(Storage, mirror: null, pages, NullLogger<Mirrorer>.Instance), new HintOptions(), time), receipts, pages, new LimitOptions(), metrics, time,
            NullLogger<Appender>.Instance);
        sealer = new Sealer(Storage, logs, watch, pages, metrics, time, NullLogger<Sealer>.Instance);
        Mirror = new SwarmMirror(content, key);
        Pages = pages;
    }

    public BeeNode Node { get; }

    public PageOptions Pages { get; }

    public LogStorage Storage { get; }

    public SwarmMirror Mirror { get; }

    public Device Device { get; } = new();

    public SequenceFeed Feed => new(Device.Log.Id.Span.ToArray(), Mirror.Publisher);

    /// <param name="entries">Entries of a page.</param>
    public static async Task<MirroredLog> StartAsync(int entries = 4) =>
        new(await BeeNode.StartAsync(), new PageOptions { Entries = entries, EmbedBytes = 64 * 1024 });

    /// <summary>The device writes some entries, one segment each.</summary>
    public async Task WriteAsync(int count, int length = 20)
    {
        for (var i = 0; i < count; i++) await AppendAsync(Device.WriteSegment(A.Entry(length, seed: (int)Device.Sequence + 1)));
        await sealer.SealAsync(Device.Log, CancellationToken.None);
    }

    public async Task AppendAsync(Segment segment) =>
        Assert.IsType<AppendResult.Appended>(await appender.AppendAsync(logs.Get(Device.Log), segment, CancellationToken.None));

    /// <summary>Publishes what is new, as a process does.</summary>
    /// <param name="through">What that process goes through to the mirror; null: the mirror itself.</param>
    public ValueTask MirrorAsync(IMirror? through = null) =>
        new Mirrorer(Storage, through ?? Mirror, Pages, NullLogger<Mirrorer>.Instance).MirrorAsync(Device.Log, CancellationToken.None);

    /// <summary>What the service remembers of its feed.</summary>
    public async Task<FeedUpdate?> FindUpdateAsync() => (await Storage.Feeds.FindAsync(Device.Log, CancellationToken.None))?.Update;

    /// <summary>Indices of the feed that have an update.</summary>
    public IEnumerable<int> Written() => Enumerable.Range(0, 64).Where(index => Node.Network.Has(Feed.AddressAt((ulong)index)));

    public LogReader Reader(ILogMemory? memory = null, EthereumAddress? publisher = null, BeeNode? node = null)
    {
        memory ??= new InMemoryLogMemory();
        var options = new RemoteLogClientOptions { Retries = 0, FirstDelay = TimeSpan.FromMilliseconds(1) };
        return new LogReader(new MirrorClient(http, (node ?? Node).Address, publisher ?? Mirror.Publisher, memory, options), Device.Log, memory);
    }

    /// <summary>Sequences of the entries that a reader gets, each held against what the device wrote.</summary>
    public static async Task<List<long>> ReadAsync(LogReader reader, long after = 0, int length = 20)
    {
        List<long> read = [];
        await foreach (var entry in reader.ReadAsync(after))
        {
            Assert.Equal(A.Bytes(length, seed: (int)entry.Sequence), entry.Data!.Value.ToArray());
            read.Add(entry.Sequence);
        }
        return read;
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        Mirror.Dispose();
        content.Dispose();
        logs.Dispose();
        receipts.Dispose();
        meter.Dispose();
        await embedded.DisposeAsync();
        await Node.DisposeAsync();
        folder.Dispose();
    }
}
