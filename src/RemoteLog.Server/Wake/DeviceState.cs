using System.Text;
using RemoteLog.Protocol;

namespace RemoteLog.Server.Wake;

/// <summary>All that the service keeps of one device. Without a registration it is a tombstone: it says only which statements must not be played back.</summary>
public sealed record DeviceState
{
    /// <summary>Logs of which it is remembered how much the device knows, and as many it can be told of at once.</summary>
    public const int MaxTags = 500;

    /// <summary>Of the newest statement accepted.</summary>
    public required long Number { get; init; }

    /// <summary>SHA-256 of that statement's text, in hexadecimal: the same again is answered like the first time.</summary>
    public required string Statement { get; init; }

    /// <summary>Where hints go; null: nowhere any more.</summary>
    public Registration? Registration { get; init; }

    /// <summary>When the device last made a statement.</summary>
    public required DateTimeOffset SeenAt { get; init; }

    /// <summary>When the sweep is to look at it.</summary>
    public required DateTimeOffset LookAt { get; init; }

    /// <summary>When it is to be told to pull if nothing else did; null: never.</summary>
    public DateTimeOffset? PullAt { get; init; }

    /// <summary>What it is yet to be told; null: nothing.</summary>
    public Pending? Pending { get; init; }

    /// <summary>What it knows already, because it said so or because a hint went out: latest first, at most <see cref="MaxTags"/>.</summary>
    public IReadOnlyList<MovedTag> Known { get; init; } = [];

    public PaceState Pace { get; init; } = PaceState.Fresh;

    public Strikes? Strikes { get; init; }

    /// <summary>Since when nobody listens at its endpoint or, for a webhook, every call has failed; null: neither. Any success clears it.</summary>
    public DateTimeOffset? DeafSince { get; init; }

    /// <summary>How a device is named wherever something is kept of it.</summary>
    public static Digest IdOf(Owner device) => Digest.Of(Encoding.ASCII.GetBytes(device.Name));

    /// <summary>What remains of a device that is no more.</summary>
    public DeviceState Bury(DateTimeOffset now) => new() { Number = Number, Statement = Statement, SeenAt = now, LookAt = now };
}

/// <summary>Where a device's hints go.</summary>
/// <param name="Version">The number of the statement that asked for it.</param>
/// <param name="Sealed">The target with its secrets, and the token that confirms it; see <see cref="TargetSeal"/>.</param>
/// <param name="Topic">Random: a newer hint replaces one that was not delivered yet.</param>
/// <param name="At">When.</param>
/// <param name="Confirmed">Whether the device returned the token. No hint about a log before.</param>
/// <param name="PullMinutes">How often to tell it to pull when nothing else did; 0: never.</param>
public sealed record Registration(
    long Version, PushChannel Channel, ReadOnlyMemory<byte> Sealed, string Topic, DateTimeOffset At, bool Confirmed, int PullMinutes);

/// <summary>The one hint that a device may have on its way. For a registration that is not confirmed it is the token.</summary>
/// <param name="Id">The same however often this hint is tried.</param>
/// <param name="Moved">What it tells, latest first.</param>
/// <param name="DueAt">Not before that; null: given up, until there is more to tell.</param>
/// <param name="Since">When there first was something to tell.</param>
/// <param name="Attempts">How often it failed in a row.</param>
/// <param name="TriedAt">When it first failed.</param>
public sealed record Pending(Guid Id, IReadOnlyList<MovedTag> Moved, DateTimeOffset? DueAt, DateTimeOffset Since, int Attempts = 0, DateTimeOffset? TriedAt = null);

/// <summary>Signs that a registration is dead. Any success clears them.</summary>
public sealed record Strikes(int Count, DateTimeOffset Since);
