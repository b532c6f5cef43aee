using System.Diagnostics;
using System.Security.Cryptography;
using RemoteLog.Bench.Load;
using RemoteLog.Bench.Servers;
using RemoteLog.Protocol;

namespace RemoteLog.Bench.Scenarios;

/// <summary>
/// One append to a log with very many followers, on a machine that also plays their push service: how long until each of them was sent a hint, against
/// what encrypting as many hints takes on all cores.
/// </summary>
internal static class HintScenario
{
    private const double LeastRatio = 0.60;
    private const long MostMemory = 300 * 1000 * 1000;
    private const int EncryptionRounds = 3;

    /// <summary>Of another log, woken first: the runtime optimizes what runs often, and takes a while to do so.</summary>
    private const int WarmUpFollowers = 5_000;

    /// <summary>The service waits this long for more appends, so it is no part of the work.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    public static async Task<IReadOnlyList<Measurement>> RunAsync(Effort effort, Action<string> progress)
    {
        var count = effort.Followers;
        using LogDevice writer = new(0), warmUpWriter = new(1);
        await using var sink = await HintSink.StartAsync(count);
        await using var warmUpSink = await HintSink.StartAsync(WarmUpFollowers);
        var folder = Directory.CreateTempSubdirectory("remotelog-bench-");
        progress($"hints: registering {count:N0} devices");
        await Followers.PrepareAsync(folder.FullName, (writer.Log, sink), (warmUpWriter.Log, warmUpSink));

        // Before and after, because what the machine gives changes.
        progress("hints: what encryption allows");
        List<double> limits = [.. Enumerable.Range(0, EncryptionRounds).Select(_ => EncryptionsPerSecond(effort))];

        await using var service = await ServerProcess.StartAsync(
            ServerKind.RemoteLog, folder,
            "--Push:Endpoints:Mode", "Listed", "--Push:Endpoints:Hosts", $"{sink.Host} {warmUpSink.Host}", "--Push:Vapid:Subject", "mailto:bench@remotelog.example",
            "--Push:WindowSeconds", $"{Window.TotalSeconds}", "--Push:Pace:UnifiedPush:DebounceSeconds", "0",
            "--Push:Hosts:InFlight", "1000", "--Push:Hosts:PerSecond", "100000");
        progress("hints: warming up");
        using var connection = new HttpConnection(service.Port);
        connection.Exchange(warmUpWriter.AppendRequest(entries: 1));
        await warmUpSink.Completion;

        var before = await service.GetStatsAsync();
        progress($"hints: an append wakes {count:N0} devices");
        connection.Exchange(writer.AppendRequest(entries: 1));
        var start = Stopwatch.GetTimestamp();
        var seconds = (Stopwatch.GetElapsedTime(start, await sink.Completion) - Window).TotalSeconds;
        var after = await service.GetStatsAsync();
        limits.AddRange(Enumerable.Range(0, EncryptionRounds).Select(_ => EncryptionsPerSecond(effort)));

        var (rate, limit, used) = (count / seconds, limits.Median(), after.Since(before, count));
        var ratio = rate / limit;
        return
        [
            new Measurement("encryption of hints (RFC 8291, all cores)", limit, "hints/s"),
            new Measurement($"hints to {count:N0} followers of one log", rate, "hints/s")
            {
                Limit = "encryption",
                Ratio = ratio,
                Target = Target.AtLeast(ratio, LeastRatio, $"{LeastRatio:P0} of encryption"),
            },
            new Measurement("hints sent twice", sink.Received - count, "hints"),
            new Measurement("processor time a hint, encryption included", used.Microseconds, "µs"),
            new Measurement("allocated a hint", used.Bytes, "bytes"),
            new Measurement("memory of the service at its peak", after.PeakWorkingSet / 1e6, "MB")
            {
                Target = Target.AtMost(after.PeakWorkingSet, MostMemory, $"{MostMemory / 1e6:N0} MB"),
            },
            .. await PacedHints.RunAsync(progress),
        ];
    }

    /// <summary>Whole hints, as the service makes them: a key pair, an agreement, two derived keys and a seal for each.</summary>
    private static double EncryptionsPerSecond(Effort effort)
    {
        using var key = HintKey.Create();
        var hint = new Hint([new MovedTag(new HintTag(RandomNumberGenerator.GetBytes(HintTag.Size)), 1)], More: false);
        var (made, start, duration) = (0L, Stopwatch.GetTimestamp(), effort.LimitTime * 5);
        Parallel.For(0, Environment.ProcessorCount, _ =>
        {
            while (Stopwatch.GetElapsedTime(start) < duration)
            {
                HintCipher.Encrypt(hint, key.PublicKey.Span, key.Secret.Span);
                Interlocked.Increment(ref made);
            }
        });
        return made / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
