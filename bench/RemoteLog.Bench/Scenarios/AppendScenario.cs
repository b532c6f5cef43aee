using RemoteLog.Bench.Load;
using RemoteLog.Bench.Servers;

namespace RemoteLog.Bench.Scenarios;

/// <summary>Appends by many writers at once, each to a log of its own: the same bytes to bare Kestrel, the floor and the service, in turn.</summary>
internal static class AppendScenario
{
    private const int Writers = 64;

    public static Task<IReadOnlyList<Measurement>> RunSingleAsync(Effort effort, Action<string> progress) =>
        RunAsync(effort, progress, entries: 1, effort.RequestsPerWriter, target: 0.40);

    public static Task<IReadOnlyList<Measurement>> RunBatchAsync(Effort effort, Action<string> progress) =>
        RunAsync(effort, progress, entries: 32, effort.RequestsPerWriter / 4, target: null);

    private static async Task<IReadOnlyList<Measurement>> RunAsync(Effort effort, Action<string> progress, int entries, int requestsPerWriter, double? target)
    {
        await using var bare = await ServerProcess.StartAsync(ServerKind.Bare);
        await using var floor = await ServerProcess.StartAsync(ServerKind.Floor);
        await using var service = await ServerProcess.StartAsync(ServerKind.RemoteLog);
        ServerProcess[] servers = [bare, floor, service];
        var loads = servers.Select(server => new HttpLoad(server.Port, Writers)).ToArray();
        var devices = Enumerable.Range(0, Writers).Select(seed => new LogDevice(seed)).ToArray();
        var rounds = servers.Select(_ => new List<LoadResult>()).ToArray();
        var what = entries == 1 ? "single appends" : $"{entries} messages a request";
        var before = new ServerStats[servers.Length];

        for (var round = -effort.WarmUps; round < effort.Rounds; round++)
        {
            progress($"{what}, {(round < 0 ? "warming up" : $"round {round + 1} of {effort.Rounds}")}");
            if (round == 0) before = await Task.WhenAll(servers.Select(server => server.GetStatsAsync()));
            var requests = devices.Select(device => device.AppendRequests(requestsPerWriter, entries)).ToArray();
            for (var i = 0; i < servers.Length; i++)
            {
                var result = loads[i].Run(requests);
                if (round >= 0) rounds[i].Add(result);
            }
        }
        var after = await Task.WhenAll(servers.Select(server => server.GetStatsAsync()));

        using (var connection = new HttpConnection(service.Port))
        {
            foreach (var device in devices) device.CheckHead(connection);
        }
        foreach (var load in loads) load.Dispose();
        foreach (var device in devices) device.Dispose();

        var used = after.Zip(before, (later, earlier) => later.Since(earlier, (double)effort.Rounds * Writers * requestsPerWriter)).ToArray();
        List<Measurement> measurements =
        [
            Of("bare Kestrel", rounds[0]),
            Of("checking and syncing floor", rounds[1]) with { Limit = "bare Kestrel", Ratio = Ratio(rounds[1], rounds[0]) },
            Of("append", rounds[2]) with
            {
                Limit = "floor",
                Ratio = Ratio(rounds[2], rounds[1]),
                Target = target is { } least ? Target.AtLeast(Ratio(rounds[2], rounds[1]), least, $"{least:P0} of the floor") : null,
            },
        ];
        if (entries > 1) measurements.Add(new("append", rounds[2].Select(round => round.PerSecond).Median() * entries, "messages/s"));
        measurements.Add(new("processor time of bare Kestrel", used[0].Microseconds, "µs/request"));
        measurements.Add(new("processor time of the floor", used[1].Microseconds, "µs/request"));
        measurements.Add(new("processor time of the service", used[2].Microseconds, "µs/request")
        {
            Limit = "floor",
            Ratio = used[2].Microseconds / used[1].Microseconds,
        });
        measurements.Add(new("allocated by the floor", used[1].Bytes, "bytes/request"));
        measurements.Add(new("allocated by the service", used[2].Bytes, "bytes/request"));
        measurements.AddRange(Memory.Of(after[2]));
        return measurements;
    }

    private static Measurement Of(string name, List<LoadResult> rounds)
    {
        double[] milliseconds = [.. rounds.SelectMany(round => round.Milliseconds)];
        return new Measurement(name, rounds.Select(round => round.PerSecond).Median(), "requests/s")
        {
            P50 = milliseconds.Percentile(0.5),
            P99 = milliseconds.Percentile(0.99),
        };
    }

    private static double Ratio(List<LoadResult> subject, List<LoadResult> limit) =>
        subject.Zip(limit, (ours, theirs) => ours.PerSecond / theirs.PerSecond).Median();
}
