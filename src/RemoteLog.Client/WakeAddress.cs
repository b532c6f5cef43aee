namespace RemoteLog.Client;

/// <summary>Where a device's hints are to go.</summary>
/// <param name="Channel">One that the server offers: <c>webpush</c>, <c>unifiedpush</c>, <c>apns</c>, <c>apns-alert</c>, <c>fcm</c>, <c>fcm-high</c> or <c>webhook</c>.</param>
/// <param name="Endpoint">The URL or the token that the push service gave. A secret.</param>
public sealed record WakeAddress(string Channel, string Endpoint)
{
    internal const string Webhook = "webhook";

    /// <summary>As whom hints are sent: the VAPID key that was subscribed with, the APNs topic, the FCM project; empty: as the server is configured.</summary>
    public string App { get; init; } = string.Empty;

    /// <summary>How often to be told to pull when nothing else did, 20 or more; 0: never. It hides which logs are active, and makes up for lost hints.</summary>
    public int PullMinutes { get; init; }

    /// <summary>For a webhook: the 24 to 64 random bytes that its calls are signed with. Other hints are encrypted, to a key that the device makes itself.</summary>
    public ReadOnlyMemory<byte> WebhookSecret { get; init; }

    /// <summary>Without its secrets, so that it can be logged.</summary>
    public override string ToString() => Channel;
}
