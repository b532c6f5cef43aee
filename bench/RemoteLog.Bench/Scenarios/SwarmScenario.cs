using System.Diagnostics;
using System.Globalization;
using RemoteLog.Protocol.Swarm;
using RemoteLog.Testing;

namespace RemoteLog.Bench.Scenarios;

/// <summary>The Swarm reference of data, by our hashing and by that of Swarm's own client, in turn and on one thread each.</summary>
internal static class SwarmScenario
{
    private const int Mebibyte = 1024 * 1024;
    private const double Least = 20;

    public static async Task<IReadOnlyList<Measurement>> RunAsync(Effort effort, Action<string> progress)
    {
        progress("starting Swarm's own client");
        var data = new byte[effort.SwarmMebibytes * Mebibyte];
        new Random(1).NextBytes(data);
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, data);
            using var client = await NpmFolder.BeeJs.StartAsync("hash.mjs", file);
            try
            {
                return await RunAsync(effort, progress, data, client);
            }
            finally
            {
                client.Kill();
                await client.WaitForExitAsync();
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<IReadOnlyList<Measurement>> RunAsync(Effort effort, Action<string> progress, byte[] data, Process client)
    {
        List<double> ours = [], theirs = [];
        for (var round = -1; round < effort.SwarmRounds; round++)
        {
            progress($"Swarm references, {(round < 0 ? "warming up" : $"round {round + 1} of {effort.SwarmRounds}")}");
            var (milliseconds, reference) = await AskAsync(client);
            var (rate, root) = Hash(effort, data);
            if (root != reference) throw new BenchException($"Swarm's client says that the reference is {reference}, we say {root}.");
            if (round < 0) continue;
            theirs.Add(data.Length / 1e3 / milliseconds);
            ours.Add(rate);
        }

        var ratio = ours.Zip(theirs, (our, their) => our / their).Median();
        return
        [
            new($"bee-js, reference of {effort.SwarmMebibytes} MiB", theirs.Median(), "MB/s"),
            new($"reference of {effort.SwarmMebibytes} MiB", ours.Median(), "MB/s")
            {
                Limit = "bee-js",
                Ratio = ratio,
                Target = Target.AtLeast(ratio, Least, $"{Least:N0} times bee-js"),
            },
        ];
    }

    /// <summary>As often as fits into the time; megabytes a second, and the reference.</summary>
    private static (double Rate, string Root) Hash(Effort effort, byte[] data)
    {
        var (start, count, root) = (Stopwatch.GetTimestamp(), 0, "");
        do
        {
            root = TreeHasher.Root(data).ToString();
            count++;
        }
        while (Stopwatch.GetElapsedTime(start) < effort.LimitTime);
        return (count * (data.Length / 1e6) / Stopwatch.GetElapsedTime(start).TotalSeconds, root);
    }

    /// <summary>Has the client hash it once.</summary>
    private static async Task<(double Milliseconds, string Reference)> AskAsync(Process client)
    {
        await client.StandardInput.WriteLineAsync("again");
        await client.StandardInput.FlushAsync();
        if (await client.StandardOutput.ReadLineAsync() is not { } answer)
        {
            throw new BenchException($"Swarm's client gave up: {await client.StandardError.ReadToEndAsync()}");
        }
        var words = answer.Split(' ');
        return (double.Parse(words[0], CultureInfo.InvariantCulture), words[1]);
    }
}
