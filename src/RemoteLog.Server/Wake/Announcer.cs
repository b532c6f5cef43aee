using System.Text;
using RemoteLog.Server.Mirror;
using RemoteLog.Server.Storage;

namespace RemoteLog.Server.Wake;

/// <summary>
/// Sees to it that after every append a job looks at the log's followers, at the cost of one job for all appends of a window. The job is enqueued
/// before the append is committed, so that no crash leaves an append that nobody hears of, and with a delay, so that it finds the append committed. An
/// append whose commit took so long that the job may have come before it has another job enqueued.
/// </summary>
public sealed class Announcer(LogStorage storage, PushSetup push, Mirrorer mirrorer, HintOptions options, TimeProvider time)
{
    /// <summary>Whether anybody would use a hint.</summary>
    private readonly bool isHeard = push.IsConfigured || mirrorer.IsOn;

    /// <summary>How far ahead a job must be to count for an append that is yet to be committed.</summary>
    private readonly TimeSpan margin = options.Window / 4;

    /// <summary>Before the commit.</summary>
    public async ValueTask PrepareAsync(OpenLog log, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (!isHeard || log.HintAt > (now + margin).UtcTicks) return;
        await storage.Jobs.EnqueueAsync(HintWorker.Queue, Encoding.ASCII.GetBytes($"{log.Name}"), options.Window, cancellationToken);

        // Only now: an append that relies on this job must not do so before the job is durable.
        log.HintAt = (now + options.Window).UtcTicks;
    }

    /// <summary>After the commit.</summary>
    public async ValueTask ConfirmAsync(OpenLog log, long sequence, CancellationToken cancellationToken)
    {
        if (!isHeard) return;

        // A clock or two may differ a little from ours.
        if (log.HintAt <= (time.GetUtcNow() + (margin / 4)).UtcTicks) await PrepareAsync(log, cancellationToken);
        log.Announced = Math.Max(log.Announced, sequence);
    }

    /// <summary>For an append that was committed before, which may have crashed right after.</summary>
    public async ValueTask RepeatAsync(OpenLog log, long sequence, CancellationToken cancellationToken)
    {
        if (!isHeard || log.Announced >= sequence) return;
        await PrepareAsync(log, cancellationToken);
        log.Announced = Math.Max(log.Announced, sequence);
    }
}
