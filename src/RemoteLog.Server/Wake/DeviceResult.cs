using RemoteLog.Protocol;

namespace RemoteLog.Server.Wake;

/// <summary>What came of a device's statement.</summary>
public abstract record DeviceResult
{
    private DeviceResult()
    {
    }

    /// <summary>It holds, now or already before.</summary>
    public sealed record Accepted(DeviceStatus Status) : DeviceResult;

    /// <summary>The signature is not the device's over what it says.</summary>
    public sealed record BadSignature : DeviceResult;

    /// <summary>The device made a statement with this number, or a higher one, before.</summary>
    /// <param name="Number">Of the newest statement.</param>
    public sealed record Stale(long Number) : DeviceResult;

    /// <summary>The device is not registered.</summary>
    public sealed record Unknown : DeviceResult;

    /// <summary>The token is not that of the registration.</summary>
    public sealed record WrongToken : DeviceResult;

    /// <summary>This service has no such channel.</summary>
    /// <param name="Channels">Those that it has; none where it wakes nobody.</param>
    public sealed record NotOffered(IReadOnlyList<string> Channels) : DeviceResult;

    /// <summary>Hints cannot go there.</summary>
    /// <param name="Reason">Why, in words for whoever registers.</param>
    public sealed record BadTarget(string Reason) : DeviceResult;

    /// <summary>The device follows as many logs as it may.</summary>
    public sealed record TooManyFollows : DeviceResult;

    /// <summary>As many follow this log as may.</summary>
    public sealed record TooManyFollowers : DeviceResult;

    /// <summary>Too many registrations lately.</summary>
    /// <param name="RetryAfter">When to come again.</param>
    public sealed record TooManyRegistrations(TimeSpan RetryAfter) : DeviceResult;

    /// <summary>The device's record kept changing; nothing was done.</summary>
    public sealed record Busy : DeviceResult;
}
