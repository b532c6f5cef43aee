using System.Collections.Frozen;

namespace RemoteLog.Server.Wake;

/// <summary>Channels by the names that devices use, and where their hints queue up.</summary>
public static class PushChannels
{
    private static readonly FrozenDictionary<string, PushChannel> ByName = new Dictionary<string, PushChannel>
    {
        ["webpush"] = PushChannel.WebPush,
        ["unifiedpush"] = PushChannel.UnifiedPush,
        ["apns"] = PushChannel.Apns,
        ["apns-alert"] = PushChannel.ApnsAlert,
        ["fcm"] = PushChannel.Fcm,
        ["fcm-high"] = PushChannel.FcmHigh,
        ["webhook"] = PushChannel.Webhook,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<PushChannel, string> Names = ByName.ToFrozenDictionary(pair => pair.Value, pair => pair.Key);

    /// <summary>The job queues of hints to be delivered, one for each provider: when one is slow the others do not wait for it.</summary>
    public static readonly IReadOnlyList<string> Queues = ["wake-webpush", "wake-apns", "wake-fcm", "wake-webhook"];

    public static bool TryParse(string name, out PushChannel channel) => ByName.TryGetValue(name, out channel);

    public static string NameOf(PushChannel channel) => Names[channel];

    /// <summary>Who carries it, as meters and queues say it. UnifiedPush is Web Push to other hosts, and hosts are minded one by one.</summary>
    public static string ProviderOf(PushChannel channel) => channel switch
    {
        PushChannel.WebPush or PushChannel.UnifiedPush => "webpush",
        PushChannel.Apns or PushChannel.ApnsAlert => "apns",
        PushChannel.Fcm or PushChannel.FcmHigh => "fcm",
        PushChannel.Webhook => "webhook",
        _ => throw new ArgumentOutOfRangeException(nameof(channel)),
    };

    public static string QueueOf(PushChannel channel) => $"wake-{ProviderOf(channel)}";
}
