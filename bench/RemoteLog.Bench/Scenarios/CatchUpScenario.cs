using System.Diagnostics;
using System.Security.Cryptography;
using RemoteLog.Bench.Load;
using RemoteLog.Bench.Servers;
using RemoteLog.Client;
using RemoteLog.Protocol;

namespace RemoteLog.Bench.Scenarios;

/// <summary>A reader that knows nothing yet reads a whole log with the client library, which verifies every entry.</summary>
internal static class CatchUpScenario
{
    private const int Messages = 10_000;
    private const int MessagesPerRequest = 32;

    public static async Task<IReadOnlyList<Measurement>> RunAsync(Effort effort, Action<string> progress)
    {
        await using var service = await ServerProcess.StartAsync(ServerKind.RemoteLog);
        using var device = new LogDevice(0);
        progress("catch-up: writing the log");
        await GrownLog.GrowAsync(service.Port, device, Messages, MessagesPerRequest);

        var traffic = new Traffic();
        using var http = new HttpClient(new CountingHandler(traffic)) { Timeout = Timeout.InfiniteTimeSpan };
        var client = new RemoteLogClient(http, new Uri($"http://127.0.0.1:{service.Port}"));
        List<double> rates = [], limits = [], milliseconds = [];
        var (requests, bytes) = (0L, 0L);
        var (before, processor) = (await service.GetStatsAsync(), TimeSpan.Zero);
        for (var round = -effort.CatchUps / 2; round < effort.CatchUps; round++)
        {
            if (round == 0) before = await service.GetStatsAsync();
            progress($"catch-up: {(round < 0 ? "warming up" : $"round {round + 1} of {effort.CatchUps}")}");
            var limit = HashAndCopy();
            traffic.Reset();
            var (start, used) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            await ReadAsync(client, device);
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (round < 0) continue;

            processor += Environment.CpuUsage.TotalTime - used;
            limits.Add(limit);
            rates.Add(Messages / seconds);
            milliseconds.Add(1000 * seconds);
            (requests, bytes) = (Math.Max(requests, traffic.Requests), Math.Max(bytes, traffic.Bytes));
        }
        var read = (double)effort.CatchUps * Messages;
        var server = (await service.GetStatsAsync()).Since(before, read);

        var rate = rates.Median();
        var overhead = bytes / ((double)Messages * LogDevice.MessageLength);
        return
        [
            new("hashing and copying: two SHA-256 and a copy each", limits.Median(), "messages/s"),
            new("catch-up", rate, "messages/s")
            {
                Limit = "hashing and copying",
                Ratio = rates.Zip(limits, (ours, limit) => ours / limit).Median(),
                P50 = milliseconds.Percentile(0.5),
                P99 = milliseconds.Percentile(0.99),
                Target = Target.AtLeast(rate, 200_000, "200,000 messages/s"),
            },
            new("requests, one after another", requests, "requests") { Target = Target.AtMost(requests, 2, "2") },
            new("on the wire for a byte of payload, headers included", overhead, "bytes") { Target = Target.AtMost(overhead, 1.25, "1.25") },
            new("processor time of the reader", processor.TotalMicroseconds / read, "µs/message"),
            new("processor time of the service", server.Microseconds, "µs/message"),
        ];
    }

    /// <summary>With a memory of its own each time, so that nothing is known from before.</summary>
    private static async Task ReadAsync(RemoteLogClient client, LogDevice device)
    {
        var memory = new InMemoryLogMemory();
        var length = 0L;
        await foreach (var entry in new LogReader(client, device.Log, memory).ReadAsync()) length += entry.Data!.Value.Length;

        var walked = await memory.FindAsync(device.Log, Mark.Walked, CancellationToken.None);
        if (walked?.Link != device.Link || length != Messages * LogDevice.MessageLength)
        {
            throw new BenchException("The reader was given other messages than were written.");
        }
    }

    /// <summary>What cannot be saved: the data's hash, the chain's hash over it and a copy out of the network's buffers.</summary>
    private static double HashAndCopy()
    {
        var data = new byte[Messages * LogDevice.MessageLength];
        RandomNumberGenerator.Fill(data);
        Span<byte> step = stackalloc byte[3 * Digest.Size];
        step.Clear();
        var start = Stopwatch.GetTimestamp();
        for (var at = 0; at < data.Length; at += LogDevice.MessageLength)
        {
            var copy = data.AsSpan(at, LogDevice.MessageLength).ToArray();
            SHA256.HashData(copy, step[(2 * Digest.Size)..]);
            SHA256.HashData(step, step[..Digest.Size]);
        }
        return Messages / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
