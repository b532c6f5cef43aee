using System.Security.Cryptography;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Server.Wake;
using RemoteLog.Storage.Embedded;

namespace RemoteLog.Bench.Load;

/// <summary>A data folder in which many devices follow a log: registered by the service's own code, and confirmed by hand, which saves as many hints.</summary>
internal static class Followers
{
    private const int Parallelism = 256;
    private const int Batch = 500;

    /// <param name="logs">The logs, each with where its followers have their hints sent to.</param>
    public static async Task PrepareAsync(string folder, params IReadOnlyList<(LogName Log, HintSink Sink)> logs)
    {
        var key = RandomNumberGenerator.GetBytes(TargetSeal.KeySize);
        await File.WriteAllTextAsync(Path.Combine(folder, "device-key"), Convert.ToBase64String(key));
        await using var embedded = EmbeddedStorage.Open(folder, TimeProvider.System);
        using var random = RandomNumberGenerator.Create();
        var storage = embedded.Storage with { Jobs = new NoJobs() };
        var options = new HintOptions { AllRegistrationsPerHour = 10_000_000 };
        using var limit = new RegistrationLimit(options, TimeProvider.System);
        var registrar = new DeviceRegistrar(
            storage, new PushSetup(new PushOffer(string.Empty, ["unifiedpush"]), _ => null), new TargetSeal([key], random), options, limit, random, TimeProvider.System);
        using var hintKey = HintKey.Create();
        foreach (var (log, sink) in logs) await JoinAsync(storage, registrar, log, sink, hintKey);
    }

    private static async Task JoinAsync(LogStorage storage, DeviceRegistrar registrar, LogName log, HintSink sink, HintKey hintKey)
    {
        var devices = new Digest[sink.Devices];
        await Parallel.ForAsync(0, devices.Length, new ParallelOptions { MaxDegreeOfParallelism = Parallelism }, async (i, cancellationToken) =>
        {
            using var device = SigningKey.Create();
            var register = new DeviceStatement.Register(device.Owner, 1, "unifiedpush", sink.EndpointOf(i), string.Empty, hintKey.PublicKey, hintKey.Secret, 0).SignedBy(device);
            if (await registrar.AcceptAsync(register, cancellationToken) is not DeviceResult.Accepted) throw new BenchException("A device was not registered.");
            devices[i] = DeviceState.IdOf(device.Owner);
            await storage.Devices.TryFollowAsync(devices[i], log.Id, new HintTag(RandomNumberGenerator.GetBytes(HintTag.Size)), devices.Length, cancellationToken);
        });
        foreach (var batch in devices.Chunk(Batch))
        {
            var found = await storage.Devices.FindAsync(batch, CancellationToken.None);
            await storage.Devices.TryReplaceAsync(
                [.. batch.Zip(found, (device, stored) => new DeviceChange(device, stored, Confirmed(stored!.State)))], CancellationToken.None);
        }
    }

    private static DeviceState Confirmed(DeviceState state) => state with
    {
        Registration = state.Registration! with { Confirmed = true },
        Pending = null,
        SeenAt = state.SeenAt.AddHours(-1),
        LookAt = state.LookAt.AddDays(30),
    };

    private sealed class NoJobs : IJobQueue
    {
        public ValueTask EnqueueAsync(IReadOnlyList<NewJob> jobs, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<IReadOnlyList<Job>> ReceiveAsync(string queue, int max, TimeSpan lease, CancellationToken cancellationToken) => new([]);

        public ValueTask CompleteAsync(Job job, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<ReadOnlyMemory<byte>?> FindBodyAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) => new(message);

        public ValueTask CompleteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<long> CountAsync(string queue, CancellationToken cancellationToken) => new(0L);
    }
}
