namespace RemoteLog.Push.Hosts;

/// <summary>What an answer says by itself. What it means may depend on how others fare at the same host.</summary>
internal enum Verdict
{
    Accepted,
    Gone,
    Strike,

    /// <summary>It does not accept us, or not for this device: a strike where others are accepted, else a fault of our credentials.</summary>
    Refused,

    /// <summary>The same, but gone where others are accepted.</summary>
    Foreign,

    /// <summary>Too many for the whole host.</summary>
    Busy,

    /// <summary>Too many for this device.</summary>
    TooMany,
    Unheard,

    /// <summary>A passing fault of the host: many in a row and it counts as broken.</summary>
    Failed,

    /// <summary>A passing fault that says nothing about the host.</summary>
    Retry,
    CredentialFault,

    /// <summary>The same, but for this device alone: others are sent to under other credentials.</summary>
    CredentialsMissing,
    OurBug,
}

/// <param name="Verdict">What it says.</param>
/// <param name="Reason">Why, in words of ours or a code of the service's. It is logged, so never what a stranger wrote.</param>
/// <param name="Delay">When to come back, where the service said so.</param>
/// <param name="Since">Since when a registration is gone, where the service said so.</param>
internal readonly record struct Answer(Verdict Verdict, string Reason = "", TimeSpan? Delay = null, DateTimeOffset? Since = null);
