namespace RemoteLog.Server.Wake;

/// <summary>What a device has used up of its pace.</summary>
/// <param name="Full">When the whole burst is free again.</param>
/// <param name="Day">When the day began in which hints are counted: with the first of them.</param>
/// <param name="Sent">Hints since then.</param>
/// <param name="Slowed">How often the gap is doubled.</param>
public sealed record PaceState(DateTimeOffset Full, DateTimeOffset Day, int Sent, int Slowed)
{
    /// <summary>Nothing used.</summary>
    public static readonly PaceState Fresh = new(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, 0, 0);
}

/// <summary>When hints may go out: a bucket of <c>Burst</c> that fills by one each <c>Gap</c>, and so many in a day.</summary>
internal static class Pace
{
    private static readonly TimeSpan LongestGap = TimeSpan.FromHours(6);

    /// <summary>When the next hint may go: in the past, or now, if at once.</summary>
    public static DateTimeOffset NextAt(this ChannelPace pace, PaceState state)
    {
        // While slowed there is no burst: the service just said that it is too much.
        var burst = state.Slowed > 0 ? 1 : pace.Burst;
        var next = state.Full - pace.Gap(state) * (burst - 1);
        var dayEnds = state.Day.AddDays(1);
        return pace.PerDay > 0 && state.Sent >= pace.PerDay && dayEnds > next ? dayEnds : next;
    }

    /// <summary>After a hint went out.</summary>
    public static PaceState Use(this ChannelPace pace, PaceState state, DateTimeOffset now)
    {
        var newDay = now >= state.Day.AddDays(1);
        var full = (state.Full > now ? state.Full : now) + pace.Gap(state);
        return new PaceState(full, newDay ? now : state.Day, newDay ? 1 : state.Sent + 1, Math.Max(0, state.Slowed - 1));
    }

    /// <summary>After the service said that this device gets too many: the gap is twice what it was.</summary>
    public static PaceState Slow(this ChannelPace pace, PaceState state, DateTimeOffset now)
    {
        var slower = state with { Slowed = pace.Gap(state) >= LongestGap ? state.Slowed : state.Slowed + 1 };
        var full = now + pace.Gap(slower);
        return slower with { Full = full > state.Full ? full : state.Full };
    }

    private static TimeSpan Gap(this ChannelPace pace, PaceState state)
    {
        var gap = TimeSpan.FromSeconds(pace.GapSeconds) * Math.Pow(2, state.Slowed);
        return gap < LongestGap || state.Slowed == 0 ? gap : LongestGap;
    }
}
