using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using RemoteLog.Protocol;
using RemoteLog.Server;
using RemoteLog.Server.Append;
using RemoteLog.Server.Mirror;
using RemoteLog.Server.Read;
using RemoteLog.Server.Seal;
using RemoteLog.Server.Storage;
using RemoteLog.Server.Wake;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests.Azure;

/// <summary>The server itself over Azure storage: what it costs is what its real steps cost.</summary>
internal sealed class ServerOnAzure : IDisposable
{
    private readonly SigningKey receipts = SigningKey.Create();
    private readonly Meter meter = new(LogMetrics.MeterName);
    private readonly OpenLogs logs;

    /// <param name="push">What there is to wake devices with; null: nothing.</param>
    public ServerOnAzure(LogStorage storage, PageOptions? pages = null, PushSetup? push = null, TimeProvider? time = null)
    {
        var (options, limits, clock) = (pages ?? new PageOptions(), new LimitOptions(), time ?? TimeProvider.System);
        var metrics = new LogMetrics(meter);
        var watch = new HeadWatch(storage, new WaitOptions(), clock);
        var mirrorer = new Mirrorer(storage, mirror: null, options, NullLogger<Mirrorer>.Instance);
        logs = new OpenLogs(limits);
        Appender = new Appender(
            storage, new LogHistory(storage), new EntryContent(storage, options, new SweepOptions(), clock), watch,
            new Announcer(storage, push ?? PushSetup.None, mirrorer, new HintOptions(), clock), receipts, options, limits,
            metrics, clock, NullLogger<Appender>.Instance);
        Sealer = new Sealer(storage, logs, watch, options, metrics, clock, NullLogger<Sealer>.Instance);
        Reader = new EntryReader(storage);
    }

    public Sealer Sealer { get; }

    public EntryReader Reader { get; }

    private Appender Appender { get; }

    public async Task<AppendResult> SendAsync(Device device, Segment segment) =>
        await Appender.AppendAsync(logs.Get(device.Log), segment, TestContext.Current.CancellationToken);

    /// <summary>Appends what the device writes next, and expects success.</summary>
    public async Task WriteAsync(Device device, params string[] messages) =>
        Assert.IsType<AppendResult.Appended>(await SendAsync(device, device.WriteSegment(messages)));

    public async Task<IReadOnlyList<EntryRun>> ReadAsync(Device device, long after)
    {
        var runs = await Reader.FindAsync(device.Log, after, TestContext.Current.CancellationToken);
        return await runs!.ToListAsync();
    }

    public void Dispose()
    {
        logs.Dispose();
        meter.Dispose();
        receipts.Dispose();
    }
}
