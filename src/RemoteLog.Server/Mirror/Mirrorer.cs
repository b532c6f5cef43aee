using System.Text;
using Microsoft.Extensions.Logging;
using RemoteLog.Protocol;
using RemoteLog.Server.Replicate;
using RemoteLog.Server.Seal;
using RemoteLog.Server.Storage;

namespace RemoteLog.Server.Mirror;

/// <summary>Publishes the newest state of logs where it outlives this service.</summary>
/// <param name="mirror">Where; null: nowhere.</param>
public sealed partial class Mirrorer(LogStorage storage, IMirror? mirror, PageOptions pages, ILogger<Mirrorer> logger)
{
    /// <summary>The job queue of logs to mirror; a job's body is the log's name.</summary>
    public const string Queue = "mirror";

    /// <summary>How often to start over because another process mirrored the same log.</summary>
    private const int Attempts = 16;

    /// <summary>How long a log that cannot be mirrored is left alone before it is tried again; it is never given up.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(10);

    /// <summary>Whether there is a mirror at all.</summary>
    public bool IsOn => mirror is not null;

    /// <summary>Asks for a log to be mirrored, at once.</summary>
    public ValueTask EnqueueAsync(LogName log, CancellationToken cancellationToken) =>
        IsOn ? storage.Jobs.EnqueueAsync(Queue, Encoding.ASCII.GetBytes(log.ToString()), TimeSpan.Zero, cancellationToken) : default;

    /// <summary>Does one job.</summary>
    /// <param name="delivery">How often the job was delivered, this time included.</param>
    public async ValueTask MirrorAsync(LogName log, int delivery, CancellationToken cancellationToken)
    {
        try
        {
            await MirrorAsync(log, cancellationToken);
        }
        catch (StorageUnavailableException exception) when (delivery >= Job.MaxDeliveries)
        {
            Resting(log, exception.Message);
            await storage.Jobs.EnqueueAsync(Queue, Encoding.ASCII.GetBytes(log.ToString()), Rest, cancellationToken);
        }
    }

    /// <summary>
    /// Publishes what is new. Doing it twice, or at once in several processes, publishes it once, and costs two reads when nothing is new.
    /// </summary>
    public async ValueTask MirrorAsync(LogName log, CancellationToken cancellationToken)
    {
        if (mirror is null) return;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            // 1. What was taken and perhaps not written comes first: the same bytes at the same index, so that a crash leaves neither a gap nor two updates.
            var last = await storage.Feeds.FindAsync(log, cancellationToken);
            if (last is { Update.IsWritten: false })
            {
                await WriteAsync(mirror, log, last, cancellationToken);
                continue;
            }

            // 2. What there is to tell.
            if (await ReadAsync(log, cancellationToken) is not { } message) return;
            var head = message.Head;
            if (last?.Update is { } known && known.Sequence == head.Sequence && known.Sealed == head.Sealed) return;

            // 3. The page that it leads to: where pages are copied to a second store, the copy may be still to be made.
            if (head.Page is { } page && storage.Pages is ReplicatedContent replicated) await replicated.CopyAsync(page, cancellationToken);

            // 4. An index of its own, taken together with the bytes before anything is written.
            var index = last is null ? await mirror.FindFreeAsync(log, 0, cancellationToken) : last.Update.Index + 1;
            if (await TryTakeAsync(mirror, log, last, index, message, cancellationToken) is not { } taken) continue;

            // 5. From here on it will be written, by whomever. A head that moved meanwhile brings a job of its own.
            if (await WriteAsync(mirror, log, taken, cancellationToken)) return;
        }
        throw new TimeoutException($"Others kept mirroring {log}; it is left to the next attempt.");
    }

    private async ValueTask<StoredUpdate?> TryTakeAsync(
        IMirror mirror, LogName log, StoredUpdate? current, long index, MirrorMessage message, CancellationToken cancellationToken)
    {
        var bytes = await mirror.PrepareAsync(log, index, message.ToArray(), cancellationToken);
        var update = new FeedUpdate(index, message.Head.Sequence, message.Head.Sealed, bytes, IsWritten: false);
        return await storage.Feeds.TryReplaceAsync(log, current, update, cancellationToken);
    }

    /// <summary>False when there is more to do.</summary>
    private async ValueTask<bool> WriteAsync(IMirror mirror, LogName log, StoredUpdate taken, CancellationToken cancellationToken)
    {
        var update = taken.Update;
        if (await mirror.TryWriteAsync(log, update.Bytes, cancellationToken))
        {
            // Whoever comes second finds it marked already, or even a later one, and both are as good.
            await storage.Feeds.TryReplaceAsync(log, taken, update with { IsWritten = true }, cancellationToken);
            Mirrored(log, update.Sequence, update.Index);
            return true;
        }

        // Somebody wrote to this feed who knew nothing of this storage: it was restored from a backup, or two services have one key.
        Contested(log, update.Index);
        var free = await mirror.FindFreeAsync(log, update.Index + 1, cancellationToken);
        if (await ReadAsync(log, cancellationToken) is { } message) await TryTakeAsync(mirror, log, taken, free, message, cancellationToken);
        return false;
    }

    /// <summary>The head and what is not in a page yet, as of one moment; null when the log was never written.</summary>
    private async ValueTask<MirrorMessage?> ReadAsync(LogName log, CancellationToken cancellationToken)
    {
        if (await storage.Names.ReadTailAsync(log, after: 0, pages.Bytes, cancellationToken) is not { } tail) return null;
        var head = tail.Head.Head;
        if (tail.Segments.Count == 0) return new MirrorMessage(head, null);

        // A tail that pages lag far behind is not told whole: then the message is about the newest checkpoint of what fits, and promises no more than it holds.
        var (oldest, newest) = (tail.Segments[0], tail.Segments[^1]);
        if (newest.Last < head.Sequence) head = head with { Sequence = newest.Last, Link = newest.Link, Signature = newest.Signature, Receipt = null };
        return new MirrorMessage(head, Sealer.Write(log, tail.Segments, head.Page));
    }

    [LoggerMessage(LogLevel.Debug, "Mirrored {Log} up to entry {Sequence} at index {Index} of its feed.")]
    private partial void Mirrored(LogName log, long sequence, long index);

    [LoggerMessage(LogLevel.Warning, "{Log} is not mirrored yet, and will be tried again in ten minutes: {Cause}")]
    private partial void Resting(LogName log, string cause);

    [LoggerMessage(LogLevel.Warning, "The feed of {Log} has an update at index {Index} that this service did not write. Does another service have the same Mirror:Key?")]
    private partial void Contested(LogName log, long index);
}
