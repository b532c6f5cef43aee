using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Server.Wake;

/// <summary>Jobs to deliver a hint. A job carries nothing but whose and for when: what there is to tell is in the device's record by then.</summary>
/// <param name="DueAt">As it was in the record when the job was made.</param>
internal readonly record struct DeliveryJob(Digest Device, DateTimeOffset DueAt)
{
    public byte[] ToArray() => Encoding.ASCII.GetBytes($"{Device} {DueAt.UtcTicks}");

    public static bool TryParse(ReadOnlySpan<byte> body, out DeliveryJob job)
    {
        job = default;
        if (body.Length > 100 || Encoding.ASCII.GetString(body).Split(' ') is not [{ Length: 2 * Digest.Size } id, var due]
            || !long.TryParse(due, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) || ticks > DateTimeOffset.MaxValue.UtcTicks
            || !TryDigest(id, out var device))
        {
            return false;
        }
        job = new DeliveryJob(device.Value, new DateTimeOffset(ticks, TimeSpan.Zero));
        return true;
    }

    private static bool TryDigest(string hex, [NotNullWhen(true)] out Digest? digest)
    {
        var bytes = new byte[Digest.Size];
        var read = Convert.FromHexString(hex, bytes, out _, out _) == System.Buffers.OperationStatus.Done;
        digest = read ? new Digest(bytes) : null;
        return read;
    }
}

/// <summary>
/// Sees to it that whenever a record says that something is due there is a job for then. The job comes first and the record second, so a crash in
/// between leaves a job that finds nothing; where the job could come before the record is stored, another one follows the record.
/// </summary>
internal sealed class DeliveryJobs(IJobQueue jobs, TimeProvider time)
{
    /// <summary>How long storing a record may take before its job could be there first.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(1);

    /// <summary>Before the record is stored.</summary>
    public async ValueTask PrepareAsync(Digest device, DeviceState? current, DeviceState next, CancellationToken cancellationToken)
    {
        foreach (var due in NewDues(current, next))
        {
            if (due - time.GetUtcNow() > Margin) await EnqueueAsync(device, next.Registration!.Channel, due, cancellationToken);
        }
    }

    /// <summary>After it was stored. Whoever crashes before this is done anew: the job, or the request, that led here comes again.</summary>
    public async ValueTask ConfirmAsync(Digest device, DeviceState? current, DeviceState next, CancellationToken cancellationToken)
    {
        foreach (var due in NewDues(current, next))
        {
            if (due - time.GetUtcNow() <= Margin) await EnqueueAsync(device, next.Registration!.Channel, due, cancellationToken);
        }
    }

    public ValueTask EnqueueAsync(Digest device, PushChannel channel, DateTimeOffset due, CancellationToken cancellationToken)
    {
        var delay = due - time.GetUtcNow();
        return jobs.EnqueueAsync(
            PushChannels.QueueOf(channel), new DeliveryJob(device, due).ToArray(), delay > TimeSpan.Zero ? delay : TimeSpan.Zero, cancellationToken);
    }

    private static IEnumerable<DateTimeOffset> NewDues(DeviceState? current, DeviceState next)
    {
        if (next.Registration is null) yield break;
        if (next.Pending?.DueAt is { } hint && hint != current?.Pending?.DueAt) yield return hint;
        if (next.PullAt is { } pull && pull != current?.PullAt) yield return pull;
    }
}
