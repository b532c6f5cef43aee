using RemoteLog.Protocol;

namespace RemoteLog.Server.Wake;

/// <summary>Carries hints to devices. It minds what concerns a whole service or host (limits, pauses, breakers); what concerns one device is the caller's.</summary>
public interface IPushService
{
    /// <summary>Sends one hint once. Whatever the far side does is an outcome, never an exception.</summary>
    ValueTask<PushOutcome> SendAsync(PushTarget target, PushMessage message, CancellationToken cancellationToken);
}

/// <summary>Who carries hints to a device, and how loudly: each has a pace of its own.</summary>
public enum PushChannel
{
    WebPush = 1,
    UnifiedPush,

    /// <summary>In the background: no sound, no text.</summary>
    Apns,

    /// <summary>With a text the user sees; the device asked for it.</summary>
    ApnsAlert,

    /// <summary>Waits while the phone dozes.</summary>
    Fcm,

    /// <summary>Wakes the phone; the app must then show something.</summary>
    FcmHigh,

    Webhook,
}

/// <summary>Where a device's hints go.</summary>
/// <param name="Endpoint">A URL (Web Push, UnifiedPush, webhook) or a token (APNs, FCM). A secret: whoever has it can disturb the device. Never logged.</param>
/// <param name="App">As whom to send: the VAPID public key it subscribed with, the APNs topic, the FCM project; empty for the one that is configured.</param>
/// <param name="PublicKey">The P-256 point, 65 bytes, that hints are encrypted to; empty for a webhook.</param>
/// <param name="Secret">16 bytes that hints are encrypted with; for a webhook the 24 to 64 that sign its calls.</param>
public sealed record PushTarget(PushChannel Channel, string Endpoint, string App, ReadOnlyMemory<byte> PublicKey, ReadOnlyMemory<byte> Secret)
{
    /// <summary>A webhook's secret of before, while its owner changes over: calls are signed with both. Empty: there is none.</summary>
    public ReadOnlyMemory<byte> OldSecret { get; init; }

    /// <summary>Without its secrets, so that it can be logged.</summary>
    public override string ToString() => $"{Channel}";
}

/// <summary>One hint on its way.</summary>
/// <param name="Hint">What the device is to learn.</param>
/// <param name="Id">The same whenever the same hint is sent again.</param>
/// <param name="Topic">Random, constant for a device: a newer hint replaces one that was not delivered yet. 22 characters of base64url.</param>
/// <param name="TimeToLive">For how long a service may keep it.</param>
public sealed record PushMessage(Hint Hint, Guid Id, string Topic, TimeSpan TimeToLive);

/// <summary>What became of a hint.</summary>
public abstract record PushOutcome
{
    private PushOutcome()
    {
    }

    public sealed record Accepted : PushOutcome;

    /// <summary>The service says that the registration is no more.</summary>
    /// <param name="Since">Since when, where it says so: a registration newer than that is not meant.</param>
    public sealed record Gone(DateTimeOffset? Since) : PushOutcome;

    /// <summary>Probably gone; three within no less than a day are taken for it.</summary>
    public sealed record Strike(string Reason) : PushOutcome;

    /// <summary>Nobody has listened there for long, though the registration stands: at most two tries a day, and gone after seven days of it.</summary>
    public sealed record Unheard : PushOutcome;

    /// <summary>A passing fault.</summary>
    /// <param name="Delay">When to try again; null: with the usual back-off.</param>
    public sealed record RetryAfter(TimeSpan? Delay) : PushOutcome;

    /// <summary>Too many for this very device: it gets fewer.</summary>
    public sealed record TooMany : PushOutcome;

    /// <summary>The whole host is to be left alone for a while; nothing is held against the device.</summary>
    public sealed record HostPause(TimeSpan Delay) : PushOutcome;

    /// <summary>The service does not accept who we say we are. Somebody must act; nothing is held against the device.</summary>
    public sealed record CredentialFault(string Reason) : PushOutcome;

    /// <summary>We sent what nobody accepts. Not tried again.</summary>
    public sealed record OurBug(string Reason) : PushOutcome;
}
