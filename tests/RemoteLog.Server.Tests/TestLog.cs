using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using RemoteLog.Protocol;
using RemoteLog.Server.Append;
using RemoteLog.Server.Ingest;
using RemoteLog.Server.Mirror;
using RemoteLog.Server.Read;
using RemoteLog.Server.Seal;
using RemoteLog.Server.Storage;
using RemoteLog.Server.Sweep;
using RemoteLog.Server.Wake;
using RemoteLog.Storage.Embedded;
using RemoteLog.Testing;

namespace RemoteLog.Server.Tests;

/// <summary>The server over real embedded storage and a clock that tests move, and the check that what it stored is a log.</summary>
public sealed class TestLog : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly EmbeddedStorage embedded;
    private readonly SigningKey receipts = SigningKey.Create();
    private readonly Meter meter = new(LogMetrics.MeterName);
    private readonly LogMetrics metrics;
    private readonly SeededRandom random = new();
    private readonly WakeMeter wakeMeter = new();

    /// <param name="push">Null: no push provider is configured.</param>
    public TestLog(PageOptions? pages = null, LimitOptions? limits = null, WaitOptions? waits = null, HintOptions? push = null)
    {
        HintOptions = push ?? new HintOptions();
        Setup = push is null ? PushSetup.None : new PushSetup(new PushOffer(string.Empty, [.. Enum.GetValues<PushChannel>().Select(PushChannels.NameOf)]), _ => null);
        Push = new RecordedPush(Time);
        embedded = EmbeddedStorage.Open(folder.Path, Time);
        metrics = new LogMetrics(meter);
        Pages = pages ?? new PageOptions { Entries = 8, Bytes = 64 * 1024, EmbedBytes = 1024 };
        Limits = limits ?? new LimitOptions();
        Waits = waits ?? new WaitOptions();
        Jobs = new WatchedJobs(embedded.Storage.Jobs, Time);
        Storage = embedded.Storage with { Jobs = Jobs };
        Probe = new StorageProbe(Storage);
        Restart();
    }

    public PageOptions Pages { get; }

    public LimitOptions Limits { get; }

    public WaitOptions Waits { get; }

    public HintOptions HintOptions { get; }

    public PushSetup Setup { get; }

    public RecordedPush Push { get; }

    /// <summary>The first seals, all open.</summary>
    public List<byte[]> SealKeys { get; } = [A.Bytes(TargetSeal.KeySize)];

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    /// <summary>What the server goes through to its storage.</summary>
    public StorageProbe Probe { get; }

    /// <summary>The storage itself.</summary>
    public LogStorage Storage { get; }

    /// <summary>The queue in it.</summary>
    public WatchedJobs Jobs { get; }

    public OpenLogs Logs { get; private set; } = null!;

    public Appender Appender { get; private set; } = null!;

    public Ingester Ingester { get; private set; } = null!;

    public Sealer Sealer { get; private set; } = null!;

    public Sweeper Sweeper { get; private set; } = null!;

    public EntryReader Reader { get; private set; } = null!;

    public HeadWatch Watch { get; private set; } = null!;

    public DeviceRegistrar Registrar { get; private set; } = null!;

    public HintWorker HintWorker { get; private set; } = null!;

    public Deliverer Deliverer { get; private set; } = null!;

    public DeviceSweeper DeviceSweeper { get; private set; } = null!;

    /// <summary>A new process on the same storage: all that was only in memory is gone.</summary>
    public void Restart()
    {
        var history = new LogHistory(Probe.Storage);
        Logs?.Dispose();
        Logs = new OpenLogs(Limits);
        var mirrorer = new Mirrorer(Probe.Storage, mirror: null, Pages, NullLogger<Mirrorer>.Instance);
        Watch = new HeadWatch(Probe.Storage, Waits, Time);
        Appender = new Appender(
            Probe.Storage, history, new EntryContent(Probe.Storage, Pages, new SweepOptions(), Time), Watch,
            new Announcer(Probe.Storage, Setup, mirrorer, HintOptions, Time), receipts, Pages, Limits, metrics, Time,
            NullLogger<Appender>.Instance);
        Ingester = new Ingester(Probe.Storage, Logs, Appender, Limits, new SweepOptions(), metrics, Time, NullLogger<Ingester>.Instance);
        Sealer = new Sealer(Probe.Storage, Logs, Watch, Pages, metrics, Time, NullLogger<Sealer>.Instance);
        Sweeper = new Sweeper(Probe.Storage, history, Sealer, Pages, Time, NullLogger<Sweeper>.Instance);
        Reader = new EntryReader(Probe.Storage);
        var seal = new TargetSeal(SealKeys, random);
        Registrar = new DeviceRegistrar(Probe.Storage, Setup, seal, HintOptions, new RegistrationLimit(HintOptions, Time), random, Time);
        HintWorker = new HintWorker(Probe.Storage, mirrorer, HintOptions, random, wakeMeter, Time, NullLogger<HintWorker>.Instance);
        Deliverer = new Deliverer(Probe.Storage, Push, seal, HintOptions, random, wakeMeter, Time, NullLogger<Deliverer>.Instance);
        DeviceSweeper = new DeviceSweeper(Probe.Storage, HintOptions, Time, NullLogger<DeviceSweeper>.Instance);
        Probe.Reset();
    }

    public ValueTask<AppendResult> AppendAsync(Segment segment) =>
        Appender.AppendAsync(Logs.Find(segment.Owner, segment.Topic)!, segment, CancellationToken.None);

    /// <summary>Appends what the device writes next, and expects success.</summary>
    public async Task<Head> WriteAsync(Device device, params string[] messages) =>
        Assert.IsType<AppendResult.Appended>(await AppendAsync(device.WriteSegment(messages))).Head.Head;

    /// <summary>Appends what the device writes next, and expects success.</summary>
    public async Task<Head> WriteAsync(Device device, params Entry[] entries) =>
        Assert.IsType<AppendResult.Appended>(await AppendAsync(device.WriteSegment(entries))).Head.Head;

    /// <summary>One segment for each message.</summary>
    public async Task WriteManyAsync(Device device, int count)
    {
        for (var i = 0; i < count; i++) await WriteAsync(device, $"message {device.Sequence + 1}");
    }

    /// <summary>What a reader who has everything up to <paramref name="after"/> is sent, in order, every message verified by itself.</summary>
    public async Task<IReadOnlyList<Page>> ReadAsync(Device device, long after = 0)
    {
        List<Page> pages = [];
        await foreach (var run in (await Reader.FindAsync(device.Log, after, CancellationToken.None))!)
        {
            var bytes = run.Page is { } address ? await GetAsync(Storage.Pages, address) : run.Parts.SelectMany(part => part.ToArray()).ToArray();
            Assert.Equal(run.Length, bytes.Length);
            Assert.True(Page.TryParse(bytes, out var page));
            Assert.True(page.IsOf(device.Log) && page.CheckpointOf(device.Log).Verify());
            pages.Add(page);
        }
        return pages;
    }

    /// <summary>
    /// Walks the whole log in storage and holds it against what the device signed: every link, every signature, every content, no gap, no rest,
    /// and page tails that lead from the head to the first page as the spec's readers go.
    /// </summary>
    public async Task CheckAsync(Device device)
    {
        var head = (await Storage.Names.FindHeadAsync(device.Log, CancellationToken.None))!.Head;
        Assert.Equal((device.Sequence, device.Link), (head.Sequence, head.Link));
        Assert.True(head.Checkpoint.Verify());
        Assert.True(head.Receipt!.Verify(head.Log, head.Sequence, head.Link));

        var (link, next) = (device.Log.Id, 1L);
        var size = 0L;
        foreach (var page in await ReadAsync(device))
        {
            Assert.Equal((next, link), (page.First, page.Before));
            foreach (var entry in page.Entries)
            {
                if (entry.Address is { } address) Assert.Equal(entry.DataDigest, Digest.Of(await GetAsync(Storage.Content, address)));
                size += entry.Size;
            }
            (link, next) = (page.Link, page.Last + 1);
        }
        Assert.Equal((head.Sequence + 1, head.Link, head.Bytes), (next, link, size));
        await CheckTailsAsync(device, head);
    }

    public async Task<byte[]> GetAsync(IContentStore store, Cid address)
    {
        await using var stream = await store.FindAsync(address, 0, null, CancellationToken.None);
        Assert.NotNull(stream);
        var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        Logs.Dispose();
        receipts.Dispose();
        meter.Dispose();
        wakeMeter.Dispose();
        await embedded.DisposeAsync();
        folder.Dispose();
    }

    private async Task CheckTailsAsync(Device device, Head head)
    {
        var last = head.Sealed;
        for (var address = head.Page; address is not null;)
        {
            Assert.True(Page.TryParse(await GetAsync(Storage.Pages, address.Value), out var page));
            Assert.Equal(last, page.Last);
            Assert.True(page.IsOf(device.Log));
            (address, last) = (page.Tail, page.First - 1);
        }
        Assert.Equal(0, last);
    }
}
