using RemoteLog.Protocol;

namespace RemoteLog.Server.Wake;

/// <summary>What this service can wake devices with, as it is configured.</summary>
/// <param name="Offer">What devices are told.</param>
/// <param name="FindFault">What is wrong with a target that a device asks for, in words for that device; null: nothing.</param>
public sealed record PushSetup(PushOffer Offer, Func<PushTarget, string?> FindFault)
{
    /// <summary>Nothing is configured: no device can register, and an append tells nobody.</summary>
    public static readonly PushSetup None = new(PushOffer.None, _ => null);

    public bool IsConfigured => Offer.Channels.Count > 0;
}

/// <summary>Where no provider is configured. Devices that registered while one was keep what they are yet to be told.</summary>
public sealed class NoPush : IPushService
{
    public ValueTask<PushOutcome> SendAsync(PushTarget target, PushMessage message, CancellationToken cancellationToken) =>
        new(new PushOutcome.CredentialFault("no push provider is configured"));
}
