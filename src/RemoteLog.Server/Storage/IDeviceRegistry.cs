using RemoteLog.Protocol;
using RemoteLog.Server.Wake;

namespace RemoteLog.Server.Storage;

/// <summary>
/// Devices, each with what it is yet to be told, and which logs they follow. A device is one record, replaced only as last read; every change is durable
/// once the task completes. Devices and logs are named by digests only: nothing here says who follows whom to someone who does not know both.
/// </summary>
public interface IDeviceRegistry
{
    /// <summary>The devices in the order asked for; null for one that is not known.</summary>
    ValueTask<IReadOnlyList<StoredDevice?>> FindAsync(IReadOnlyList<Digest> devices, CancellationToken cancellationToken);

    /// <summary>Makes changes of different devices in one go, each for itself: one that fails leaves the others alone.</summary>
    /// <returns>For each, in order, whether it was made; false when another change of that device came first.</returns>
    ValueTask<IReadOnlyList<bool>> TryReplaceAsync(IReadOnlyList<DeviceChange> changes, CancellationToken cancellationToken);

    /// <summary>Devices whose <see cref="DeviceState.LookAt"/> has come, at most <paramref name="max"/>, in no order. It may take several calls to find all.</summary>
    ValueTask<IReadOnlyList<Digest>> FindDueAsync(DateTimeOffset now, int max, CancellationToken cancellationToken);

    /// <summary>The device follows the log by this tag from now on. The same again succeeds; another tag takes the place of the one before.</summary>
    /// <param name="maxFollowers">How many may follow one log.</param>
    /// <returns>False when that many others do.</returns>
    ValueTask<bool> TryFollowAsync(Digest device, Digest log, HintTag tag, int maxFollowers, CancellationToken cancellationToken);

    /// <summary>The device does not follow the log any more. Does nothing when it never did.</summary>
    ValueTask UnfollowAsync(Digest device, Digest log, CancellationToken cancellationToken);

    /// <summary>Followers of a log in the order of their ids, at most <paramref name="max"/>.</summary>
    /// <param name="after">Those after this one only, which need not follow; null: from the first.</param>
    ValueTask<IReadOnlyList<Follower>> ReadFollowersAsync(Digest log, Digest? after, int max, CancellationToken cancellationToken);

    /// <summary>All that a device follows, in no order.</summary>
    ValueTask<IReadOnlyList<Followed>> ReadFollowsAsync(Digest device, CancellationToken cancellationToken);
}

/// <summary>A device as the registry keeps it.</summary>
/// <param name="Version">Changes whenever the state does; opaque.</param>
public sealed record StoredDevice(DeviceState State, string Version);

/// <summary>One change of one device.</summary>
/// <param name="Device">Which.</param>
/// <param name="Current">As last read; null: it must not be there.</param>
/// <param name="Next">What takes its place; null: nothing does.</param>
public sealed record DeviceChange(Digest Device, StoredDevice? Current, DeviceState? Next);

/// <summary>One who follows a log.</summary>
public readonly record struct Follower(Digest Device, HintTag Tag);

/// <summary>One log that a device follows.</summary>
public readonly record struct Followed(Digest Log, HintTag Tag);
