using System.Diagnostics;

namespace RemoteLog.Bench.Servers;

/// <summary>What a server process has used so far.</summary>
/// <param name="AllocatedBytes">Ever allocated on the managed heap.</param>
/// <param name="HeapBytes">Managed heap in use now, garbage collected.</param>
/// <param name="PeakWorkingSet">The most memory it ever held.</param>
/// <param name="Collections">Garbage collections, by generation.</param>
/// <param name="ProcessorSeconds">On all cores.</param>
internal sealed record ServerStats(long AllocatedBytes, long HeapBytes, long PeakWorkingSet, IReadOnlyList<int> Collections, double ProcessorSeconds)
{
    /// <summary>What each of so many requests took since then.</summary>
    public (double Microseconds, double Bytes) Since(ServerStats before, double requests) =>
        ((ProcessorSeconds - before.ProcessorSeconds) / requests * 1e6, (AllocatedBytes - before.AllocatedBytes) / requests);

    public static ServerStats Now()
    {
        // Before the collection, which is ours.
        using var process = Process.GetCurrentProcess();
        var (allocated, peak) = (GC.GetTotalAllocatedBytes(), process.PeakWorkingSet64);
        int[] collections = [GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2)];
        var seconds = process.TotalProcessorTime.TotalSeconds;
        return new ServerStats(allocated, GC.GetTotalMemory(forceFullCollection: true), peak, collections, seconds);
    }
}
