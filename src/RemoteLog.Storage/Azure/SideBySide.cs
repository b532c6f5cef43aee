namespace RemoteLog.Storage.Azure;

/// <summary>Requests of one call that do not depend on each other.</summary>
internal static class SideBySide
{
    /// <summary>Under way at once.</summary>
    private const int Most = 32;

    /// <summary>Makes requests number 0 to <paramref name="count"/> - 1. Those that wait for a turn are not made once one has failed.</summary>
    public static async ValueTask ForAsync(int count, Func<int, CancellationToken, ValueTask> request, CancellationToken cancellationToken)
    {
        if (count == 1) await request(0, cancellationToken);
        else await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = Most, CancellationToken = cancellationToken }, request);
    }
}
