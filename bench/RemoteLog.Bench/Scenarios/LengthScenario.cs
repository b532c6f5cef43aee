using RemoteLog.Bench.Load;
using RemoteLog.Bench.Servers;

namespace RemoteLog.Bench.Scenarios;

/// <summary>Whether a long log is slower than a short one: logs of several lengths on one server, used in turn by one client.</summary>
internal static class LengthScenario
{
    private const int EntriesPerRequest = 256;
    private const double LongestToShortest = 1.2;

    public static async Task<IReadOnlyList<Measurement>> RunAsync(Effort effort, Action<string> progress)
    {
        await using var service = await ServerProcess.StartAsync(ServerKind.RemoteLog);
        var logs = effort.LogLengths
            .Select((length, seed) => (Length: length, Device: new LogDevice(seed), Appends: new List<double>(), Heads: new List<double>()))
            .ToArray();
        foreach (var (length, device, _, _) in logs)
        {
            progress($"growing a log to {length:N0} entries");
            await GrownLog.GrowAsync(service.Port, device, length, EntriesPerRequest);
        }

        using var connection = new HttpConnection(service.Port);
        var warmUp = effort.Exchanges / 5;
        for (var turn = -warmUp; turn < effort.Exchanges; turn++)
        {
            if (turn % 50 == 0) progress($"latency by log length: {Math.Max(0, turn):N0} of {effort.Exchanges:N0}");
            for (var i = 0; i < logs.Length; i++)
            {
                // Each comes after each other equally often.
                var (_, device, appends, heads) = logs[(i + turn + warmUp) % logs.Length];
                connection.Exchange(device.AppendRequest(entries: 1));
                if (turn >= 0) appends.Add(connection.Milliseconds);
                connection.Exchange(device.HeadRequest());
                if (turn >= 0) heads.Add(connection.Milliseconds);
            }
        }
        foreach (var (_, device, _, _) in logs)
        {
            device.CheckHead(connection);
            device.Dispose();
        }

        List<Measurement> measurements = [];
        foreach (var (length, _, appends, _) in logs) measurements.Add(Of("append", length, appends, logs[0].Appends));
        foreach (var (length, _, _, heads) in logs) measurements.Add(Of("head", length, heads, logs[0].Heads));
        var ratio = measurements[logs.Length - 1].Ratio!.Value;
        measurements[logs.Length - 1] = measurements[logs.Length - 1] with
        {
            Target = Target.AtMost(ratio, LongestToShortest, $"{LongestToShortest} times that at {logs[0].Length:N0}"),
        };
        measurements.AddRange(Memory.Of(await service.GetStatsAsync()));
        return measurements;

        Measurement Of(string what, int length, List<double> milliseconds, List<double> shortest)
        {
            var median = milliseconds.Median();
            return new Measurement($"{what} at {length:N0} entries", median, "ms")
            {
                Limit = $"that at {logs[0].Length:N0}",
                Ratio = median / shortest.Median(),
                P50 = median,
                P99 = milliseconds.Percentile(0.99),
            };
        }
    }
}
