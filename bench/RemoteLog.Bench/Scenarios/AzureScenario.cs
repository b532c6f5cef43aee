using RemoteLog.Bench.Load;
using RemoteLog.Bench.Servers;
using RemoteLog.Storage.Azure;
using RemoteLog.Testing;

namespace RemoteLog.Bench.Scenarios;

/// <summary>Appends to the published app on the storage emulator, beside the transactions that they end in, by the same table client and without the app.</summary>
internal static class AzureScenario
{
    private const int Writers = 64;
    private const double Least = 0.60;

    public static async Task<IReadOnlyList<Measurement>> RunAsync(Effort effort, Action<string> progress)
    {
        progress("publishing the app");
        using var service = await PublishedService.PublishAsync();
        progress("starting the emulator");
        await using var azurite = await AzuriteProcess.StartAsync();
        using var storage = AzureStorage.Open(new AzureStorageOptions { Accounts = [azurite.ConnectionString] }, TimeProvider.System);
        await using var handler = service.StartOn(azurite.ConnectionString);
        using var probe = await handler.ConnectAsync();
        using var load = new HttpLoad(handler.Port, Writers);
        var transactions = new TransactionLoad(storage.Storage.Names, Writers);
        var devices = Enumerable.Range(0, Writers).Select(seed => new LogDevice(seed)).ToArray();
        var each = effort.RequestsPerWriter / 8;
        List<LoadResult> alone = [], through = [];
        var before = TimeSpan.Zero;

        for (var round = -effort.WarmUps; round < effort.Rounds; round++)
        {
            progress($"appends on Azure storage, {(round < 0 ? "warming up" : $"round {round + 1} of {effort.Rounds}")}");
            if (round == 0) before = handler.ProcessorTime;
            var requests = devices.Select(device => device.AppendRequests(each, entries: 1)).ToArray();
            var limit = await transactions.RunAsync(each);
            var subject = load.Run(requests);
            if (round < 0) continue;
            alone.Add(limit);
            through.Add(subject);
        }
        var used = handler.ProcessorTime - before;

        foreach (var device in devices)
        {
            device.CheckHead(probe);
            device.Dispose();
        }
        var ratio = through.Zip(alone, (ours, theirs) => ours.PerSecond / theirs.PerSecond).Median();
        return
        [
            Of("transactions on the emulator", alone),
            Of("append", through) with { Limit = "emulator", Ratio = ratio, Target = Target.AtLeast(ratio, Least, $"{Least:P0} of the emulator") },
            new("processor time of the service", used.TotalMicroseconds / (effort.Rounds * Writers * each), "µs/request"),
        ];
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
}
