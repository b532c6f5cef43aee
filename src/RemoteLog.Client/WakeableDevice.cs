using System.Security.Cryptography;
using RemoteLog.Protocol;

namespace RemoteLog.Client;

/// <summary>
/// A device that a server wakes when logs it follows have moved. What wakes it is a hint, which is believed to be nothing more: it leads to a pull of what it
/// names, verified as always and bounded in time and bytes. Safe for concurrent use; several processes may share its memory.
/// </summary>
/// <param name="client">The server.</param>
/// <param name="key">The device's own. It need not own a log; where it does, the server does not wake it about its own writing.</param>
/// <param name="logs">What this device knows of logs, always the same one.</param>
/// <param name="memory">What it knows of being woken, always the same one for this key and this server.</param>
/// <param name="receive">
/// Gets each new entry of a followed log, verified, in order for each log; entries of different logs come at the same time. Once it returns the entry is the
/// app's and does not come again; one under way when the process is killed may.
/// </param>
/// <param name="options">What one hint may cost.</param>
public sealed class WakeableDevice(
    RemoteLogClient client, ILogKey key, ILogMemory logs, IDeviceMemory memory, Func<LogName, LogEntry, CancellationToken, ValueTask> receive,
    WakeOptions? options = null) : IDisposable
{
    /// <summary>Of the whole time, how much is for pulling; the rest is for telling the server.</summary>
    private const double PullShare = 0.9;

    private readonly WakeOptions options = options ?? new();
    private readonly DeviceNotebook notebook = new(memory);
    private readonly DeviceStatements statements = new(client, key, new DeviceNotebook(memory));
    private readonly SemaphoreSlim syncing = new(1);

    /// <summary>The device's name, which its statements are signed under.</summary>
    public Owner Device => key.Owner;

    /// <summary>
    /// Hints are to come this way from now on, and no other. The first one brings a token, which <see cref="ReceiveAsync(ReadOnlyMemory{byte}, CancellationToken)"/>
    /// returns to the server: no other hint comes before. Register again now and then, at least monthly: what the server forgot it learns again, follows included.
    /// </summary>
    /// <exception cref="RefusedException">
    /// The server does not offer the channel (<c>channel-not-offered</c>), does not send there (<c>invalid-target</c>) or heard this too often lately.
    /// </exception>
    public async Task<DeviceStatus> RegisterAsync(WakeAddress address, CancellationToken cancellationToken = default)
    {
        // 1. A key to read hints with, kept for good: a hint may be under way that was encrypted to it.
        var notes = await notebook.ChangeAsync(
            notes =>
            {
                if (notes.Key is not null) return notes;
                using var created = HintKey.Create();
                return notes with { Key = created.Export() };
            },
            cancellationToken).ConfigureAwait(false);
        using var hintKey = HintKey.Import(notes.Key);
        var isWebhook = address.Channel == WakeAddress.Webhook;

        // 2. Where hints go.
        var status = await statements.StateAsync(
            number => new DeviceStatement.Register(
                Device, number, address.Channel, address.Endpoint, address.App, isWebhook ? default : hintKey.PublicKey,
                isWebhook ? address.WebhookSecret : hintKey.Secret, address.PullMinutes),
            cancellationToken).ConfigureAwait(false);

        // 3. What the server does not know, or not any more.
        foreach (var follow in notes.Follows.Where(follow => !status.Follows.Contains(follow.GetTag())))
        {
            status = await TellAsync(follow, cancellationToken).ConfigureAwait(false);
        }
        return status;
    }

    /// <summary>Returns the token of a registration, for whoever read the hint otherwise; <see cref="ReceiveAsync(Hint, CancellationToken)"/> does it by itself.</summary>
    /// <exception cref="RefusedException">It is not the token of the newest registration (<c>wrong-token</c>).</exception>
    public Task<DeviceStatus> ConfirmAsync(string token, CancellationToken cancellationToken = default) => client.ConfirmAsync(Device, token, cancellationToken);

    /// <summary>The device is to be woken when this log moves. The server hears a random name for it in hints, which no other device shares.</summary>
    /// <param name="log">It need not exist yet.</param>
    /// <param name="after">The newest entry that is not wanted; 0: all are. Without effect on a log that is followed already.</param>
    /// <param name="cancellationToken">Cancelled, the log may be followed or not; follow or unfollow it to be sure.</param>
    /// <exception cref="RefusedException">The device is not registered (<c>unknown-device</c>), or follows as many logs as it may.</exception>
    public async Task<DeviceStatus> FollowAsync(LogName log, long after = 0, CancellationToken cancellationToken = default)
    {
        // Remembered first: a hint by a name that the device forgot would make it pull everything.
        var isNew = false;
        var notes = await notebook.ChangeAsync(
            notes =>
            {
                isNew = !notes.Follows.Any(follow => follow.Is(log));
                return isNew ? notes with { Follows = [.. notes.Follows, FollowNote.Of(log, new HintTag(RandomNumberGenerator.GetBytes(HintTag.Size)), after)] } : notes;
            },
            cancellationToken).ConfigureAwait(false);
        try
        {
            return await TellAsync(notes.Follows.First(follow => follow.Is(log)), cancellationToken).ConfigureAwait(false);
        }
        catch (RefusedException) when (isNew)
        {
            await ForgetAsync(log, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The device is not to be woken about this log any more.</summary>
    /// <exception cref="RefusedException">
    /// The server does not know the device (<c>unknown-device</c>). It does not wake it then; the device does not follow the log any more either way.
    /// </exception>
    public async Task<DeviceStatus> UnfollowAsync(LogName log, CancellationToken cancellationToken = default)
    {
        try
        {
            var status = await statements.StateAsync(number => new DeviceStatement.Unfollow(Device, number, log), cancellationToken).ConfigureAwait(false);
            await ForgetAsync(log, cancellationToken).ConfigureAwait(false);
            return status;
        }
        catch (RefusedException refused) when (refused.Problem == Problem.UnknownDevice)
        {
            // Or the next registration would tell the server of it again.
            await ForgetAsync(log, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>How the server says the device stands.</summary>
    /// <exception cref="RefusedException">The server does not know the device (<c>unknown-device</c>).</exception>
    public Task<DeviceStatus> GetStatusAsync(CancellationToken cancellationToken = default) =>
        statements.StateAsync(number => new DeviceStatement.AskStatus(Device, number), cancellationToken);

    /// <summary>No more hints. The device itself remembers what it follows, and says so again when it registers again.</summary>
    public Task<DeviceStatus> UnregisterAsync(CancellationToken cancellationToken = default) =>
        statements.StateAsync(number => new DeviceStatement.Unregister(Device, number), cancellationToken);

    /// <summary>What this device follows and how much of it was handed over, as it remembers by itself.</summary>
    public async Task<IReadOnlyList<FollowedLog>> GetFollowsAsync(CancellationToken cancellationToken = default)
    {
        var notes = await notebook.ReadAsync(cancellationToken).ConfigureAwait(false);
        return [.. notes.Follows.Select(follow => new FollowedLog(follow.Log, follow.GetTag(), follow.Has))];
    }

    /// <summary>Acts upon what a push service delivered: decrypts it, confirms the registration if it asks for that, and pulls what moved.</summary>
    /// <returns>What came of it. Whatever is no hint for this device is an outcome, not an error.</returns>
    /// <inheritdoc cref="ReceiveAsync(Hint, CancellationToken)"/>
    public async Task<SyncReport> ReceiveAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
    {
        var notes = await notebook.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (notes.Key is null) return new SyncReport { Outcome = HintOutcome.Unreadable };
        using var hintKey = HintKey.Import(notes.Key);
        return hintKey.TryDecrypt(body.Span, out Hint? hint)
            ? await ReceiveAsync(hint, cancellationToken).ConfigureAwait(false)
            : new SyncReport { Outcome = HintOutcome.Unreadable };
    }

    /// <summary>The same with a hint that was read otherwise: by a browser, or out of a webhook's call.</summary>
    /// <exception cref="ServerUnreachableException">The registration could not be confirmed in time.</exception>
    /// <exception cref="RefusedException">The hint's token is not that of the newest registration (<c>wrong-token</c>).</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled. What was handed over is remembered, and what was not is pulled next time.</exception>
    public async Task<SyncReport> ReceiveAsync(Hint hint, CancellationToken cancellationToken = default)
    {
        using var time = new CancellationTokenSource(options.Time, client.Time);

        // 1. Note what moved: it is pulled even if this is cut off right here. Whoever floods the device with hints gets no further.
        var isTooSoon = false;
        await notebook.ChangeAsync(
            notes =>
            {
                isTooSoon = !TryTake(notes, client.Time.GetUtcNow(), out var full);
                return notes.Behind(IsMovedBy(hint, notes)) with { Full = full };
            },
            cancellationToken).ConfigureAwait(false);
        if (isTooSoon) return new SyncReport { Outcome = HintOutcome.TooSoon, Hint = hint };

        // 2. Prove that hints reach this device.
        if (hint.Token is { } token) await ConfirmAsync(token, time.Token, cancellationToken).ConfigureAwait(false);

        // 3. Pull.
        var report = await SyncAsync(time.Token, cancellationToken).ConfigureAwait(false);
        return report with { Outcome = hint.Token is null ? HintOutcome.Synced : HintOutcome.Confirmed, Hint = hint };
    }

    /// <summary>Pulls everything followed, within the same bounds: when the app starts, or to finish what a hint began.</summary>
    /// <exception cref="OperationCanceledException">As with a hint.</exception>
    public async Task<SyncReport> SyncAsync(CancellationToken cancellationToken = default)
    {
        using var time = new CancellationTokenSource(options.Time, client.Time);
        await notebook.ChangeAsync(notes => notes.Behind(_ => true), cancellationToken).ConfigureAwait(false);
        return await SyncAsync(time.Token, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Once nothing of it runs any more. What the device knows stays.</summary>
    public void Dispose() => syncing.Dispose();

    /// <summary>What a hint names and the device does not have. By a name that the device does not know it could mean any.</summary>
    private static Func<FollowNote, bool> IsMovedBy(Hint hint, DeviceNotes notes)
    {
        var moved = hint.Moved.ToLookup(each => each.Tag, each => each.Sequence);
        var known = notes.Follows.Select(follow => follow.GetTag()).ToHashSet();
        if (hint.More || hint.Token is not null || moved.Any(each => !known.Contains(each.Key))) return _ => true;
        return follow => moved[follow.GetTag()].Any(sequence => sequence > follow.Has);
    }

    private async Task<SyncReport> SyncAsync(CancellationToken time, CancellationToken cancellationToken)
    {
        using var pulling = new CancellationTokenSource(options.Time * PullShare, client.Time);
        using var pullTime = CancellationTokenSource.CreateLinkedTokenSource(time, pulling.Token);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(pullTime.Token, cancellationToken);
        try
        {
            await syncing.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Another hint's pull took all the time. What this one named is noted.
            return new SyncReport();
        }
        try
        {
            var report = await new BoundedSync(client, logs, notebook, receive, options).RunAsync(pullTime.Token, cancellationToken).ConfigureAwait(false);
            return report with { IsReported = await TryReportAsync(time, cancellationToken).ConfigureAwait(false) };
        }
        finally
        {
            syncing.Release();
        }
    }

    /// <summary>Tells the server what the device has, so that it sends no hint about that.</summary>
    private async ValueTask<bool> TryReportAsync(CancellationToken time, CancellationToken cancellationToken)
    {
        var notes = await notebook.ReadAsync(cancellationToken).ConfigureAwait(false);
        FollowNote[] news = [.. notes.Follows.Where(follow => follow.Has > follow.Reported).Take(DeviceStatement.MaxSeen)];
        if (news.Length == 0) return true;

        using var either = CancellationTokenSource.CreateLinkedTokenSource(time, cancellationToken);
        try
        {
            await statements.StateAsync(
                number => new DeviceStatement.Seen(Device, number, [.. news.Select(follow => new MovedTag(follow.GetTag(), follow.Has))]), either.Token)
                .ConfigureAwait(false);
        }
        catch (RemoteLogException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        await notebook.ChangeAsync(
            now => news.Aggregate(now, (all, told) => all.With(told.Log, follow => follow with { Reported = Math.Max(follow.Reported, told.Has) })),
            cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async ValueTask ConfirmAsync(string token, CancellationToken time, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time, cancellationToken);
        try
        {
            await ConfirmAsync(token, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ServerUnreachableException(client.Server, late);
        }
    }

    /// <summary>A bucket of hints, one of which is free again each <see cref="WakeOptions.HintGap"/>.</summary>
    private bool TryTake(DeviceNotes notes, DateTimeOffset now, out DateTimeOffset full)
    {
        // A clock that was set back must not silence the device.
        var whole = options.HintGap * options.HintBurst;
        full = notes.Full < now || notes.Full > now + whole ? now : notes.Full;
        if (full + options.HintGap > now + whole) return false;
        full += options.HintGap;
        return true;
    }

    private Task<DeviceStatus> TellAsync(FollowNote follow, CancellationToken cancellationToken) =>
        statements.StateAsync(number => new DeviceStatement.Follow(Device, number, follow.Log, follow.GetTag()), cancellationToken);

    private async ValueTask ForgetAsync(LogName log, CancellationToken cancellationToken) => await notebook.ChangeAsync(
        notes => notes with { Follows = [.. notes.Follows.Where(follow => !follow.Is(log))] }, cancellationToken).ConfigureAwait(false);
}
