using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using RemoteLog.Protocol;
using RemoteLog.Server.Mirror;
using RemoteLog.Server.Storage;

namespace RemoteLog.Server.Wake;

/// <summary>
/// The first stage of waking: a log moved, so its followers are found and each is noted down to be told. A job is a log's name, or one shard of its
/// followers; any of them may be done twice.
/// </summary>
public sealed partial class HintWorker
{
    /// <summary>The job queue of logs that moved.</summary>
    public const string Queue = "hint";

    /// <summary>Shards found by one job, which bounds how long it runs; the rest is found by the next.</summary>
    private const int MaxShards = 200;

    /// <summary>How often to note down again those whose records kept changing.</summary>
    private const int Attempts = 16;

    private readonly LogStorage storage;
    private readonly Mirrorer mirrorer;
    private readonly HintOptions options;
    private readonly WakeRules rules;
    private readonly DeliveryJobs jobs;
    private readonly WakeMeter meter;
    private readonly TimeProvider time;
    private readonly ILogger<HintWorker> logger;

    public HintWorker(
        LogStorage storage, Mirrorer mirrorer, HintOptions options, RandomNumberGenerator random, WakeMeter meter, TimeProvider time,
        ILogger<HintWorker> logger)
    {
        this.storage = storage;
        this.mirrorer = mirrorer;
        this.options = options;
        this.meter = meter;
        this.time = time;
        this.logger = logger;
        rules = new WakeRules(options, random);
        jobs = new DeliveryJobs(storage, time);
    }

    /// <summary>A job of <see cref="Queue"/>.</summary>
    /// <param name="delivery">How often it was delivered, this time included.</param>
    /// <exception cref="FormatException">The body is no such job.</exception>
    public async ValueTask WorkAsync(ReadOnlyMemory<byte> body, int delivery, CancellationToken cancellationToken)
    {
        if (!HintJob.TryParse(Encoding.ASCII.GetString(body.Span), out var job)) throw new FormatException("Not a job of a log that moved.");
        if (job.Sequence is { } sequence)
        {
            if (job.IsShard) await MergeAsync(job, sequence, delivery, cancellationToken);
            else await SpreadAsync(job, sequence, delivery, cancellationToken);
            return;
        }

        // 1. How far the log is by now. A job that came before its append was committed finds nothing new, and the append asks again.
        if (await storage.Names.FindHeadAsync(job.Log, cancellationToken) is not { } head) return;

        // 2. The mirror, by a job of its own: where it is slow or away, no follower waits for it.
        await mirrorer.EnqueueAsync(job.Log, cancellationToken);

        // 3. The followers.
        await SpreadAsync(job with { Sequence = head.Head.Sequence }, head.Head.Sequence, delivery, cancellationToken);
    }

    /// <summary>Gives each shard of followers a job; the last one, which is all of them for most logs, is worked off at once.</summary>
    private async ValueTask SpreadAsync(HintJob job, long sequence, int delivery, CancellationToken cancellationToken)
    {
        List<NewJob> shards = [];
        IReadOnlyList<Follower> last = [];
        while (shards.Count < MaxShards)
        {
            var page = await storage.Devices.ReadFollowersAsync(job.Log.Id, job.After, options.ShardSize, cancellationToken);
            if (page.Count < options.ShardSize)
            {
                last = page;
                break;
            }

            // Bounded at both ends, so that whoever begins to follow meanwhile pushes nobody out of it.
            shards.Add((job with { To = page[^1].Device }).ToNewJob());
            job = job with { After = page[^1].Device };
        }
        if (shards.Count == MaxShards) shards.Add(job.ToNewJob());

        // A crash after it makes the shards twice.
        if (shards.Count > 0) await storage.Jobs.EnqueueAsync(shards, cancellationToken);
        await MergeAsync(job.Log, sequence, last, delivery, cancellationToken);
    }

    private async ValueTask MergeAsync(HintJob job, long sequence, int delivery, CancellationToken cancellationToken)
    {
        var (after, to) = (job.After, job.To!.Value);
        while (true)
        {
            var page = await storage.Devices.ReadFollowersAsync(job.Log.Id, after, options.ShardSize, cancellationToken);
            Follower[] within = [.. page.Where(follower => follower.Device.Span.SequenceCompareTo(to.Span) <= 0)];
            await MergeAsync(job.Log, sequence, within, delivery, cancellationToken);
            if (within.Length < options.ShardSize) return;
            after = within[^1].Device;
        }
    }

    /// <summary>Notes down for each of these followers that the log moved.</summary>
    private async ValueTask MergeAsync(LogName log, long sequence, IReadOnlyList<Follower> followers, int delivery, CancellationToken cancellationToken)
    {
        // Whoever writes the log knows.
        var writer = DeviceState.IdOf(log.Owner);
        List<Follower> left = [.. followers.Where(follower => follower.Device != writer)];
        for (var attempt = 0; attempt < Attempts && left.Count > 0; attempt++)
        {
            left = await TryMergeAsync(log, sequence, left, delivery, cancellationToken);
        }
        if (left.Count > 0) throw new TimeoutException($"The records of {left.Count} devices kept changing; the job comes again.");
    }

    /// <returns>Those whose record changed meanwhile.</returns>
    private async ValueTask<List<Follower>> TryMergeAsync(
        LogName log, long sequence, List<Follower> followers, int delivery, CancellationToken cancellationToken)
    {
        // 1. What is known of them.
        var stored = await storage.Devices.FindAsync([.. followers.Select(follower => follower.Device)], cancellationToken);
        List<(Follower Follower, DeviceChange Change)> changes = [];
        List<(PushChannel, DeliveryJob)> lost = [];
        var now = time.GetUtcNow();
        for (var i = 0; i < followers.Count; i++)
        {
            var (device, tag) = followers[i];
            if (stored[i]?.State is not { Registration: { } registration } state)
            {
                // Gone; its record may be, too.
                await storage.Devices.UnfollowAsync(device, log.Id, cancellationToken);
                continue;
            }
            var next = rules.Merge(state, tag, sequence, now);
            if (!ReferenceEquals(next, state)) changes.Add((followers[i], new DeviceChange(device, stored[i], next)));
            if (state.Pending?.DueAt is not { } due || next.Pending?.DueAt != due) continue;

            // It joins what waits already; but if this job broke off before, the job for that may be missing.
            if (!ReferenceEquals(next, state)) meter.Merged(registration.Channel);
            if (delivery > 1) lost.Add((registration.Channel, new DeliveryJob(device, due)));
        }

        // 2. Their jobs and their records.
        await jobs.EnqueueAsync(lost, cancellationToken);
        var made = await jobs.TryReplaceAsync([.. changes.Select(each => each.Change)], cancellationToken);

        Merged(log, sequence, followers.Count, changes.Count);
        return [.. changes.Where((_, i) => !made[i]).Select(each => each.Follower)];
    }

    [LoggerMessage(LogLevel.Debug, "Noted down {Log} at {Sequence}: {Followers} followers, of whom {Changes} did not know.")]
    private partial void Merged(LogName log, long sequence, int followers, int changes);
}

/// <summary>A job of a log that moved: the log; with a sequence its followers after one of them; and up to another, a shard.</summary>
internal sealed record HintJob(LogName Log, long? Sequence = null, Digest? After = null, Digest? To = null)
{
    public bool IsShard => To is not null;

    public NewJob ToNewJob() =>
        new(HintWorker.Queue, Encoding.ASCII.GetBytes(Sequence is null ? $"{Log}" : $"{Log} {Sequence} {Hex(After)} {Hex(To)}"), TimeSpan.Zero);

    public static bool TryParse(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out HintJob? job)
    {
        job = null;
        var parts = text.Split(' ');
        if (!LogName.TryParse(parts[0], out var log)) return false;
        if (parts.Length == 1) job = new HintJob(log);
        else if (parts is [_, var number, var after, var to] && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            && TryHex(after, out var from) && TryHex(to, out var until))
        {
            job = new HintJob(log, sequence, from, until);
        }
        return job is not null;
    }

    private static string Hex(Digest? digest) => digest?.ToString() ?? "-";

    private static bool TryHex(string text, out Digest? digest)
    {
        digest = null;
        if (text == "-") return true;
        var read = Digest.TryParse(text, out var parsed);
        digest = read ? parsed : null;
        return read;
    }
}
