using System.Diagnostics.Metrics;

namespace RemoteLog.Server.Wake;

/// <summary>What operators see of waking devices. By provider only: nothing here tells devices, hosts or logs apart.</summary>
public sealed class WakeMeter : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string Name = "RemoteLog.Wake";

    private readonly Meter meter = new(Name);
    private readonly Histogram<double> age;
    private readonly Counter<long> merged;
    private readonly Counter<long> sent;
    private readonly Counter<long> gone;
    private readonly Counter<long> struck;
    private readonly Counter<long> throttled;

    public WakeMeter()
    {
        age = meter.CreateHistogram<double>("remotelog.wake.age", "s", "How long there was something to tell when a hint got out.");
        merged = meter.CreateCounter<long>("remotelog.wake.merged", "{change}", "News that joined a hint already waiting: hints saved.");
        sent = meter.CreateCounter<long>("remotelog.wake.sent", "{hint}", "Hints that a provider took.");
        gone = meter.CreateCounter<long>("remotelog.wake.gone", "{device}", "Registrations dropped because they are no more.");
        struck = meter.CreateCounter<long>("remotelog.wake.struck", "{hint}", "Hints refused as if the registration were no more.");
        throttled = meter.CreateCounter<long>("remotelog.wake.throttled", "{hint}", "Hints put off because a provider asked for fewer.");
    }

    public void Merged(PushChannel channel) => merged.Add(1, Tag(channel));

    public void Sent(PushChannel channel, TimeSpan waited)
    {
        sent.Add(1, Tag(channel));
        age.Record(waited.TotalSeconds, Tag(channel));
    }

    public void Gone(PushChannel channel) => gone.Add(1, Tag(channel));

    public void Struck(PushChannel channel) => struck.Add(1, Tag(channel));

    public void Throttled(PushChannel channel) => throttled.Add(1, Tag(channel));

    public void Dispose() => meter.Dispose();

    private static KeyValuePair<string, object?> Tag(PushChannel channel) => new("provider", PushChannels.ProviderOf(channel));
}
