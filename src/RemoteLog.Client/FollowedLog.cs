using RemoteLog.Protocol;

namespace RemoteLog.Client;

/// <summary>A log that a device is woken about.</summary>
/// <param name="Log">Which.</param>
/// <param name="Tag">Its name in this device's hints.</param>
/// <param name="Has">The newest entry that was handed over, or was not wanted.</param>
public sealed record FollowedLog(LogName Log, HintTag Tag, long Has);
