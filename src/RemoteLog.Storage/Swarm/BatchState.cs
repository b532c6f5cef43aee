using System.Text.Json;
using RemoteLog.Protocol;

namespace RemoteLog.Storage.Swarm;

/// <summary>What a node says of a postage batch.</summary>
/// <param name="Id">The batch.</param>
/// <param name="Fault">Why it pays for nothing; null when it pays.</param>
/// <param name="IsYoung">Whether the fault passes by itself: the batch was bought a moment ago.</param>
/// <param name="Fullness">Share of the fullest bucket that is used: at 1, content that falls into it is refused.</param>
/// <param name="Life">How long it is still paid for at today's price; null when the node cannot tell.</param>
public sealed record BatchState(Digest Id, string? Fault, bool IsYoung, double Fullness, TimeSpan? Life)
{
    /// <summary>From here on another batch is preferred: buckets fill unevenly, and the fullest is only ever known afterwards.</summary>
    public const double NearlyFull = 0.8;

    /// <summary>Less life than this is worth a warning: nothing revives a batch that ran out.</summary>
    public static readonly TimeSpan LowLife = TimeSpan.FromDays(7);

    public bool IsUsable => Fault is null;

    /// <summary>What an operator should see to while it still pays; null when nothing.</summary>
    public string? Warning =>
        !IsUsable ? null
        : Fullness >= NearlyFull ? $"It is {Fullness:P0} full: dilute it, or add another."
        : Life < LowLife ? $"It is paid for {Life.Value.TotalDays:F1} more days: top it up, or add another."
        : null;

    /// <summary>A batch that the node does not know.</summary>
    public static BatchState Missing(Digest id) => new(id, "This node cannot issue from it: it was bought elsewhere, or has expired.", false, 0, null);

    /// <summary>Reads the answer of <c>GET /stamps/{id}</c>.</summary>
    /// <exception cref="JsonException">It is not one.</exception>
    internal static BatchState Read(Digest id, JsonElement stamp)
    {
        // The ratio that newer nodes send is computed from the same numbers.
        var slots = Math.Pow(2, stamp.GetProperty("depth").GetInt32() - stamp.GetProperty("bucketDepth").GetInt32());
        var life = stamp.GetProperty("batchTTL").GetInt64();
        var isYoung = stamp.GetProperty("exists").GetBoolean() && !stamp.GetProperty("usable").GetBoolean();
        var fault =
            !stamp.GetProperty("exists").GetBoolean() ? "It has expired."
            : !stamp.GetProperty("immutableFlag").GetBoolean() ? "It is mutable: when full it would overwrite what was stored first. Buy an immutable one."
            : isYoung ? "It is not usable yet."
            : null;
        return new BatchState(id, fault, isYoung, stamp.GetProperty("utilization").GetInt64() / slots, life < 0 ? null : TimeSpan.FromSeconds(Math.Min(life, int.MaxValue)));
    }
}
