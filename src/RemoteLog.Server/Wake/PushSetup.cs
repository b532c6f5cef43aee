using RemoteLog.Protocol;

namespace RemoteLog.Server.Wake;

/// <summary>What this service can wake devices with, as it is configured.</summary>
/// <param name="channels">Names of the channels that a device may register for.</param>
/// <param name="vapidPublicKey">What a browser subscribes with; asked for when a device wants to know.</param>
/// <param name="findFault">What is wrong with a target that a device asks for, in words for that device; null: nothing.</param>
public sealed class PushSetup(IReadOnlyList<string> channels, Func<string> vapidPublicKey, Func<PushTarget, string?> findFault)
{
    /// <summary>Nothing is configured: no device can register, and an append tells nobody.</summary>
    public static readonly PushSetup None = new(PushOffer.None, _ => null);

    public PushSetup(PushOffer offer, Func<PushTarget, string?> findFault)
        : this(offer.Channels, () => offer.VapidPublicKey, findFault)
    {
    }

    public IReadOnlyList<string> Channels => channels;

    public bool IsConfigured => channels.Count > 0;

    /// <summary>What devices are told.</summary>
    public PushOffer Offer => new(IsConfigured ? vapidPublicKey() : string.Empty, channels);

    public string? FindFault(PushTarget target) => findFault(target);
}

/// <summary>Where no provider is configured. Devices that registered while one was keep what they are yet to be told.</summary>
public sealed class NoPush : IPushService
{
    public ValueTask<PushOutcome> SendAsync(PushTarget target, PushMessage message, CancellationToken cancellationToken) =>
        new(new PushOutcome.CredentialFault("no push provider is configured"));
}
