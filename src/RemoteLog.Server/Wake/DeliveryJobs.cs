using System.Globalization;
using System.Text;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Server.Wake;

/// <summary>Jobs to deliver a hint. A job carries nothing but whose and for when: what there is to tell is in the device's record by then.</summary>
/// <param name="DueAt">As it was in the record when the job was made.</param>
internal readonly record struct DeliveryJob(Digest Device, DateTimeOffset DueAt)
{
    public NewJob On(PushChannel channel, DateTimeOffset now) =>
        new(PushChannels.QueueOf(channel), Encoding.ASCII.GetBytes($"{Device} {DueAt.UtcTicks}"), DueAt > now ? DueAt - now : TimeSpan.Zero);

    public static bool TryParse(ReadOnlySpan<byte> body, out DeliveryJob job)
    {
        job = default;
        if (body.Length > 100 || Encoding.ASCII.GetString(body).Split(' ') is not [var id, var due]
            || !long.TryParse(due, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) || ticks > DateTimeOffset.MaxValue.UtcTicks
            || !Digest.TryParse(id, out var device))
        {
            return false;
        }
        job = new DeliveryJob(device, new DateTimeOffset(ticks, TimeSpan.Zero));
        return true;
    }
}

/// <summary>
/// Stores devices' records, and sees to it that whenever one says that something is due there is a job for then. The job comes first and the record second,
/// so a crash in between leaves a job that finds nothing; where the job could come before the record is stored, another one follows the record. Whoever
/// crashes before that is done anew: the job, or the request, that led here comes again.
/// </summary>
internal sealed class DeliveryJobs(LogStorage storage, TimeProvider time)
{
    /// <summary>How long storing records may take before a job could be there first.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(1);

    /// <summary>As <see cref="IDeviceRegistry.TryReplaceAsync"/>, jobs included: three calls to storage at most, however many changes.</summary>
    public async ValueTask<IReadOnlyList<bool>> TryReplaceAsync(IReadOnlyList<DeviceChange> changes, CancellationToken cancellationToken)
    {
        if (changes.Count == 0) return [];
        await EnqueueAsync(changes, (due, now) => due - now > Margin, cancellationToken);
        var made = await storage.Devices.TryReplaceAsync(changes, cancellationToken);
        await EnqueueAsync([.. changes.Where((_, i) => made[i])], (due, now) => due - now <= Margin, cancellationToken);
        return made;
    }

    /// <inheritdoc cref="TryReplaceAsync(IReadOnlyList{DeviceChange}, CancellationToken)"/>
    public async ValueTask<bool> TryReplaceAsync(Digest device, StoredDevice? stored, DeviceState next, CancellationToken cancellationToken) =>
        await TryReplaceAsync([new DeviceChange(device, stored, next)], cancellationToken) is [true];

    public ValueTask EnqueueAsync(IReadOnlyCollection<(PushChannel Channel, DeliveryJob Job)> jobs, CancellationToken cancellationToken)
    {
        if (jobs.Count == 0) return ValueTask.CompletedTask;
        var now = time.GetUtcNow();
        return storage.Jobs.EnqueueAsync([.. jobs.Select(each => each.Job.On(each.Channel, now))], cancellationToken);
    }

    private ValueTask EnqueueAsync(
        IReadOnlyList<DeviceChange> changes, Func<DateTimeOffset, DateTimeOffset, bool> isTurnOf, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        List<(PushChannel, DeliveryJob)> jobs = [];
        foreach (var (device, current, next) in changes)
        {
            if (next?.Registration is not { } registration) continue;
            if (next.Pending?.DueAt is { } hint && hint != current?.State.Pending?.DueAt && isTurnOf(hint, now)) jobs.Add((registration.Channel, new DeliveryJob(device, hint)));
            if (next.PullAt is { } pull && pull != current?.State.PullAt && isTurnOf(pull, now)) jobs.Add((registration.Channel, new DeliveryJob(device, pull)));
        }
        return EnqueueAsync(jobs, cancellationToken);
    }
}
