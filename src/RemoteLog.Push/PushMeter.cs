using System.Diagnostics.Metrics;
using RemoteLog.Server.Wake;

namespace RemoteLog.Push;

/// <summary>Counts hints by provider. No host and nothing of a device's is a tag: strangers choose those.</summary>
internal sealed class PushMeter : IDisposable
{
    private readonly Meter meter;
    private readonly Counter<long> sent;
    private readonly Counter<long> accepted;
    private readonly Counter<long> gone;
    private readonly Counter<long> struck;
    private readonly Counter<long> throttled;
    private readonly Counter<long> unauthorized;
    private readonly Counter<long> failed;
    private readonly Counter<long> doubted;

    /// <param name="scope">Whose counts they are, for a listener that hears several.</param>
    public PushMeter(object scope)
    {
        meter = new Meter(new MeterOptions("RemoteLog.Push") { Scope = scope });
        sent = Counter("sent", "Requests made to push services.");
        accepted = Counter("accepted", "Hints that a push service took.");
        gone = Counter("gone", "Registrations reported gone.");
        struck = Counter("struck", "Registrations that are probably gone.");
        throttled = Counter("throttled", "Hints held back: the host is paused or broken, or wants fewer.");
        unauthorized = Counter("unauthorized", "Hints refused because of our own credentials.");
        failed = Counter("failed", "Hints not taken for any other reason.");
        doubted = Counter("doubted", "Hosts that reported so many registrations gone that they are no longer believed.");
    }

    public void Sent(Provider provider) => sent.Add(1, Tag(provider));

    public void Doubted(Provider provider) => doubted.Add(1, Tag(provider));

    public void Record(Provider provider, PushOutcome outcome)
    {
        var counter = outcome switch
        {
            PushOutcome.Accepted => accepted,
            PushOutcome.Gone => gone,
            PushOutcome.Strike or PushOutcome.Unheard => struck,
            PushOutcome.HostPause or PushOutcome.TooMany => throttled,
            PushOutcome.CredentialFault => unauthorized,
            _ => failed,
        };
        counter.Add(1, Tag(provider));
    }

    public void Dispose() => meter.Dispose();

    private static KeyValuePair<string, object?> Tag(Provider provider) => new("provider", provider switch
    {
        Provider.WebPush => "webpush",
        Provider.UnifiedPush => "unifiedpush",
        Provider.Apns => "apns",
        Provider.Fcm => "fcm",
        _ => "webhook",
    });

    private Counter<long> Counter(string name, string description) => meter.CreateCounter<long>($"remotelog.push.{name}", "{hint}", description);
}

/// <summary>Who carries hints.</summary>
internal enum Provider
{
    WebPush,
    UnifiedPush,
    Apns,
    Fcm,
    Webhook,
}
