using System.Collections.Concurrent;
using System.Security.Cryptography;
using RemoteLog.Protocol;

namespace RemoteLog.Bench.Servers;

/// <summary>One P-256 check with a key that was prepared before, and one append to a file that is flushed once for all that wait.</summary>
internal sealed class CheckAndSync(string folder) : IFloor
{
    private readonly ConcurrentDictionary<string, Check> checks = [];
    private readonly GroupFile file = new(Path.Combine(folder, "floor"));

    public async ValueTask AcceptAsync(string path, byte[] body)
    {
        checks.GetOrAdd(path, _ => new Check()).Run();
        await file.AppendAsync(body);
    }

    public void Dispose()
    {
        file.Dispose();
        foreach (var check in checks.Values) check.Dispose();
    }

    /// <summary>A writer's key, and a text as long as a checkpoint to check with it: what the text says makes no difference to the time it takes.</summary>
    private sealed class Check : IDisposable
    {
        private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        private readonly Lock gate = new();
        private readonly byte[] text;
        private readonly byte[] signature;

        public Check()
        {
            using var owner = SigningKey.Create();
            var log = new LogName(owner.Owner, Topic.Parse("bench"));
            text = Checkpoint.Text(log, 1000, log.Id);
            signature = key.SignData(text, HashAlgorithmName.SHA256);
        }

        public void Run()
        {
            lock (gate)
            {
                if (!key.VerifyData(text, signature, HashAlgorithmName.SHA256)) throw new CryptographicException("A good signature was refused.");
            }
        }

        public void Dispose() => key.Dispose();
    }
}
