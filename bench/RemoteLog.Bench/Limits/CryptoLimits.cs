using System.Diagnostics;
using System.Security.Cryptography;

namespace RemoteLog.Bench.Limits;

/// <summary>What one core can check and hash in a second.</summary>
internal static class CryptoLimits
{
    private const int Batch = 64;
    private const int Mebibyte = 1024 * 1024;

    public static Task<IReadOnlyList<Measurement>> RunAsync(Effort effort, Action<string> progress)
    {
        progress("P-256 and SHA-256 on one core");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var text = new byte[180];
        var signature = key.SignData(text, HashAlgorithmName.SHA256);
        var (small, large, hash) = (new byte[256], new byte[Mebibyte], new byte[SHA256.HashSizeInBytes]);
        return Task.FromResult<IReadOnlyList<Measurement>>(
        [
            new("P-256 verifications", PerSecond(effort, Batch, () => key.VerifyData(text, signature, HashAlgorithmName.SHA256)), "checks/s"),
            new("P-256 signatures", PerSecond(effort, Batch, () => key.SignData(text, HashAlgorithmName.SHA256)), "signatures/s"),
            new("SHA-256 of 256 bytes", PerSecond(effort, Batch, () => SHA256.HashData(small, hash)), "hashes/s"),
            new("SHA-256 of 1 MiB", PerSecond(effort, 1, () => SHA256.HashData(large, hash)) * Mebibyte / 1e6, "MB/s"),
        ]);
    }

    /// <summary>The median of the rounds, after one that warms up.</summary>
    private static double PerSecond(Effort effort, int batch, Action work)
    {
        List<double> rates = [];
        for (var round = 0; round <= effort.Rounds; round++)
        {
            var (start, count) = (Stopwatch.GetTimestamp(), 0);
            for (; Stopwatch.GetElapsedTime(start) < effort.LimitTime; count += batch)
            {
                for (var i = 0; i < batch; i++) work();
            }
            if (round > 0) rates.Add(count / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return rates.Median();
    }
}
