namespace RemoteLog.Protocol.Swarm;

/// <summary>
/// Finds the newest update of a sequence feed by asking for single updates. A node's own search is no more than a hint: it gives each probe a second and
/// takes what is slow for missing.
/// </summary>
public static class FeedLookup
{
    /// <summary>
    /// The index of the newest update that is available; null when there is none after <paramref name="known"/> either. Steps from the newest one known
    /// double until an update is not available; then the gap is halved. All of it is repeated from what was found until nothing newer comes up, for an
    /// update that is not available once may be so only for now.
    /// </summary>
    /// <param name="known">The newest index known, taken to be there; null when none is.</param>
    /// <param name="isAvailable">Whether the update at an index can be had and is genuine.</param>
    public static async ValueTask<ulong?> FindNewestAsync(
        ulong? known, Func<ulong, CancellationToken, ValueTask<bool>> isAvailable, CancellationToken cancellationToken)
    {
        // Counts updates instead of naming the newest, so that there is a number for none.
        var start = known is { } index ? index + 1 : 0;
        for (var round = 1; ; round++)
        {
            var found = await ClimbAsync(start, isAvailable, cancellationToken).ConfigureAwait(false);
            if (found == start && round > 1) return found == 0 ? null : found - 1;
            start = found;
        }
    }

    /// <summary>How many updates there are, when the first <paramref name="count"/> are.</summary>
    private static async ValueTask<ulong> ClimbAsync(
        ulong count, Func<ulong, CancellationToken, ValueTask<bool>> isAvailable, CancellationToken cancellationToken)
    {
        // 1. The updates n+1, n+2, n+4… after the newest, n.
        var (found, step) = (count, 1UL);
        while (await isAvailable(count + step - 1, cancellationToken).ConfigureAwait(false))
        {
            found = count + step;
            step *= 2;
        }

        // 2. The newest is at or after the last one found, and before the one that was not.
        var missing = count + step - 1;
        while (found < missing)
        {
            var middle = found + (missing - found) / 2;
            if (await isAvailable(middle, cancellationToken).ConfigureAwait(false)) found = middle + 1;
            else missing = middle;
        }
        return found;
    }
}
