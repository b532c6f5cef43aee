using RemoteLog.Bench.Load;
using RemoteLog.Bench.Servers;

namespace RemoteLog.Bench.Scenarios;

/// <summary>How long a device waits whose request makes the platform start an instance: the part of it that is ours.</summary>
internal static class ColdStartScenario
{
    private const double MostMilliseconds = 400;

    public static async Task<IReadOnlyList<Measurement>> RunAsync(Effort effort, Action<string> progress)
    {
        progress("publishing the app");
        using var service = await PublishedService.PublishAsync();

        // The first start brings the files into memory, and is not counted.
        List<double> milliseconds = [];
        for (var round = 0; round <= effort.Rounds; round++)
        {
            progress($"cold start {round} of {effort.Rounds}");
            using var device = new LogDevice(round);
            var elapsed = await service.StartAsync(device);
            if (round > 0) milliseconds.Add(elapsed);
        }

        var median = milliseconds.Median();
        return
        [
            new Measurement("process start to first accepted append", median, "ms")
            {
                P50 = median,
                P99 = milliseconds.Percentile(0.99),
                Target = Target.AtMost(median, MostMilliseconds, $"{MostMilliseconds:N0} ms"),
            },
        ];
    }
}
