using RemoteLog.Protocol;

namespace RemoteLog.Server.Storage;

/// <summary>
/// Who relies on which content that lies on its own (uploads, large entries, entries that expire), and until when the sweep need not look again.
/// Pages are not listed: each belongs to its log for good.
/// </summary>
public interface IContentUses
{
    /// <summary>Recorded before content is relied on, durable once the task completes. The same use again moves its time.</summary>
    /// <returns>False while that very content is being deleted: nothing was recorded, try again later.</returns>
    ValueTask<bool> TryUseAsync(Cid content, ContentUse use, CancellationToken cancellationToken);

    /// <summary>Content whose deletion was begun and never finished (with no use), then uses whose time has come by <paramref name="now"/>. Oldest first.</summary>
    ValueTask<IReadOnlyList<DueContent>> FindDueAsync(DateTimeOffset now, int max, CancellationToken cancellationToken);

    /// <summary>Ends one use. When it was the last, from here until <see cref="ForgetAsync"/> no new use is taken, and the caller deletes the content.</summary>
    /// <returns>Whether the content is now to be deleted; the same again when asked again before that was finished. False where there was no such use.</returns>
    ValueTask<bool> EndAsync(Cid content, string user, CancellationToken cancellationToken);

    /// <summary>After the content was deleted: it may be stored anew.</summary>
    ValueTask ForgetAsync(Cid content, CancellationToken cancellationToken);
}

/// <summary>One reason to keep content.</summary>
/// <param name="User">Who: an entry of a log, or <see cref="Upload"/>.</param>
/// <param name="Until">When to look again whether it still holds.</param>
public sealed record ContentUse(string User, DateTimeOffset Until)
{
    /// <summary>The user of content that was uploaded and that no entry has named yet.</summary>
    public const string Upload = "upload";

    /// <summary>For a use that never needs another look.</summary>
    public static readonly DateTimeOffset Forever = DateTimeOffset.MaxValue;
}

/// <summary>Content to look at.</summary>
/// <param name="Content">Its address.</param>
/// <param name="User">Whose time has come; null when its deletion was begun and must be finished.</param>
public sealed record DueContent(Cid Content, string? User);
