using RemoteLog.Bench.Servers;

namespace RemoteLog.Bench.Scenarios;

/// <summary>What a server held.</summary>
internal static class Memory
{
    private const double Mebibyte = 1024 * 1024;

    public static IEnumerable<Measurement> Of(ServerStats stats) =>
    [
        new("memory of the service at its peak", stats.PeakWorkingSet / Mebibyte, "MiB"),
        new("its managed heap afterwards", stats.HeapBytes / Mebibyte, "MiB"),
    ];
}
