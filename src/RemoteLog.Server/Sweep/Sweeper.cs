using Microsoft.Extensions.Logging;
using RemoteLog.Protocol;
using RemoteLog.Server.Append;
using RemoteLog.Server.Seal;
using RemoteLog.Server.Storage;

namespace RemoteLog.Server.Sweep;

/// <summary>
/// Clears up behind everybody: seals asked for and never done, content that expired, content that nothing names.
/// One sweep at a time for one storage: a second could delete content that was stored anew after the first had deleted it. Here a second returns at
/// once; across processes the data folder's lock and the Functions host's timer, of which only one fires, see to it.
/// </summary>
public sealed partial class Sweeper(LogStorage storage, LogHistory history, Sealer sealer, PageOptions pages, TimeProvider time, ILogger<Sweeper> logger)
{
    /// <summary>Items looked at in one go.</summary>
    private const int Batch = 100;

    private int running;

    /// <summary>Works until nothing is due.</summary>
    public async ValueTask SweepAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref running, 1) == 1) return;
        try
        {
            var overdue = await SealAsync(cancellationToken);
            var forgotten = await ForgetAsync(cancellationToken);
            if (overdue + forgotten > 0) Swept(overdue, forgotten);
        }
        finally
        {
            Volatile.Write(ref running, 0);
        }
    }

    private async ValueTask<int> SealAsync(CancellationToken cancellationToken)
    {
        var logs = await storage.Names.FindUnsealedAsync(pages.Entries, pages.Bytes, Batch, cancellationToken);
        var overdue = 0;
        foreach (var log in logs)
        {
            try
            {
                await sealer.SealAsync(log, cancellationToken);
                overdue++;
            }
            catch (Exception exception) when (exception is DamagedLogException or TimeoutException)
            {
                // The matter of one log: the others do not wait for it.
                NotSealed(log, exception);
            }
            catch (StorageUnavailableException exception)
            {
                // Pages cannot be stored now, whosever they are; what else there is to clear up does not wait for that.
                NotSealed(log, exception);
                break;
            }
        }
        return overdue;
    }

    private async ValueTask<int> ForgetAsync(CancellationToken cancellationToken)
    {
        var forgotten = 0;
        var now = time.GetUtcNow();
        while (await storage.Uses.FindDueAsync(now, Batch, cancellationToken) is { Count: > 0 } due)
        {
            foreach (var item in due)
            {
                if (await TryForgetAsync(item, now, cancellationToken)) forgotten++;
            }
        }
        return forgotten;
    }

    private async ValueTask<bool> TryForgetAsync(DueContent due, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (due.User is not null)
        {
            if (await FindNeedAsync(due.Content, due.User, now, cancellationToken) is { } until)
            {
                await storage.Uses.TryUseAsync(due.Content, new ContentUse(due.User, until), cancellationToken);
                return false;
            }
            if (!await storage.Uses.EndAsync(due.Content, due.User, cancellationToken)) return false;
        }

        // A crash in between leaves the deletion begun: FindDueAsync brings it back, and no new use is taken before it is finished.
        await storage.Content.DeleteAsync(due.Content, cancellationToken);
        await storage.Uses.ForgetAsync(due.Content, cancellationToken);
        return true;
    }

    /// <summary>Until when this user still needs the content; null when it does not.</summary>
    private async ValueTask<DateTimeOffset?> FindNeedAsync(Cid content, string user, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!ContentUser.TryParse(user, out var log, out var sequence)) return null;
        var head = await storage.Names.FindHeadAsync(log, cancellationToken);
        if (head is null || head.Head.Sequence < sequence) return null;

        SignedRun run;
        try
        {
            run = await history.GetAsync(log, sequence, cancellationToken);
        }
        catch (DamagedLogException exception)
        {
            // Whether the content is needed cannot be told, so it is kept, and looked at again in a day.
            Damaged(exception);
            return now.AddDays(1);
        }
        var entry = run.Entries[(int)(sequence - run.First)];
        if (entry.Address != content) return null;
        return entry.ParsedHeader.ExpiresAt is not { } expiry ? ContentUse.Forever : expiry > now ? expiry : null;
    }

    [LoggerMessage(LogLevel.Error, "Could not seal {Log}; the next sweep tries again.")]
    private partial void NotSealed(LogName log, Exception exception);

    [LoggerMessage(LogLevel.Error, "A log is damaged; content it may name is kept.")]
    private partial void Damaged(Exception exception);

    [LoggerMessage(LogLevel.Information, "Swept: {Overdue} logs sealed, {Forgotten} contents forgotten.")]
    private partial void Swept(int overdue, int forgotten);
}
