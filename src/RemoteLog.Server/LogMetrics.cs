using System.Diagnostics.Metrics;

namespace RemoteLog.Server;

/// <summary>
/// What the server measures of itself, whatever it is that listens. Nothing here tells one log, owner or address from another: whoever may see the numbers
/// need not know who writes, and the number of series does not grow with the logs.
/// </summary>
/// <param name="meter">The meter called <see cref="MeterName"/>.</param>
public sealed class LogMetrics(Meter meter)
{
    public const string MeterName = "RemoteLog.Server";

    private readonly Counter<long> appends = meter.CreateCounter<long>("remotelog.appends", "{segment}", "Segments that added entries to a log.");
    private readonly Counter<long> entries = meter.CreateCounter<long>("remotelog.entries", "{entry}", "Entries appended.");
    private readonly Counter<long> bytes = meter.CreateCounter<long>("remotelog.bytes", "By", "Data of the entries appended.");
    private readonly Counter<long> refused = meter.CreateCounter<long>("remotelog.refused", "{request}", "Requests and queued messages refused, by reason.");

    private readonly Histogram<double> duration = meter.CreateHistogram(
        "remotelog.append.duration", "s", "Time from a parsed segment to its durable head.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });

    private readonly Histogram<double> sealLag = meter.CreateHistogram(
        "remotelog.seal.lag", "s", "Time from a log's newest entry to the page that was then due.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600] });

    private readonly Histogram<long> tail = meter.CreateHistogram(
        "remotelog.tail.length", "{entry}", "Entries of a log that are in no page yet, after an append.",
        advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 16, 64, 128, 256, 512, 1024, 4096, 16384] });

    private readonly Gauge<long> queueDepth = meter.CreateGauge<long>("remotelog.queue.depth", "{job}", "Jobs on a queue at the last sweep; poison are those set aside.");
    private readonly Gauge<long> quarantine = meter.CreateGauge<long>("remotelog.quarantine", "{message}", "Messages in quarantine at the last sweep, counted up to 1000.");

    /// <summary>A segment was stored.</summary>
    /// <param name="added">Entries that it added.</param>
    /// <param name="size">Bytes of their data.</param>
    /// <param name="unsealed">Entries of its log that are in no page now.</param>
    public void Appended(long added, long size, long unsealed, TimeSpan took)
    {
        appends.Add(1);
        entries.Add(added);
        bytes.Add(size);
        tail.Record(unsealed);
        duration.Record(took.TotalSeconds);
    }

    /// <summary>Somebody was told no.</summary>
    /// <param name="reason">The problem's stable name.</param>
    public void Refused(string reason) => refused.Add(1, new KeyValuePair<string, object?>("reason", reason));

    /// <summary>A page was sealed.</summary>
    /// <param name="lag">Since the newest entry of its log.</param>
    public void Sealed(TimeSpan lag) => sealLag.Record(lag.TotalSeconds);

    /// <summary>So many jobs wait on a queue.</summary>
    public void Waiting(string queue, long jobs) => queueDepth.Record(jobs, new KeyValuePair<string, object?>("queue", queue));

    /// <summary>So many messages are in quarantine.</summary>
    public void InQuarantine(long messages) => quarantine.Record(messages);

    /// <summary>Has somebody asked how many requests wait for a head whenever the numbers are read.</summary>
    public void Watch(Func<int> taken) =>
        meter.CreateObservableGauge("remotelog.wait.slots", taken, "{request}", "Requests that wait for a head to change.");
}
