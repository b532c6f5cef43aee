namespace RemoteLog.Server.Storage;

/// <summary>
/// Messages that were refused, kept with the reason until somebody removes them. Everything is kept, however much it becomes: who can put messages
/// on the queue is known to the operator, and nobody else can fill it.
/// </summary>
public interface IQuarantine
{
    /// <summary>Durable once the task completes. The same bytes again are the same item: it keeps its id and time, and takes the newer reason.</summary>
    /// <param name="bytes">What was refused.</param>
    /// <param name="log">The log it is for, as <c>owner/topic</c>; null when it does not say.</param>
    /// <param name="reason">Why, by its stable name.</param>
    /// <param name="at">When.</param>
    ValueTask AddAsync(ReadOnlyMemory<byte> bytes, string? log, string reason, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Items after the one with the id <paramref name="after"/>, which may be gone by now, oldest first, at most <paramref name="max"/>.</summary>
    ValueTask<IReadOnlyList<QuarantineItem>> ListAsync(long after, int max, CancellationToken cancellationToken);

    /// <summary>The very bytes that were refused; null when there is no such item.</summary>
    ValueTask<ReadOnlyMemory<byte>?> FindAsync(long id, CancellationToken cancellationToken);

    /// <returns>False when there was no such item.</returns>
    ValueTask<bool> RemoveAsync(long id, CancellationToken cancellationToken);
}

/// <summary>One message in quarantine, without its bytes.</summary>
/// <param name="Id">Above 0, greater than that of every item that was there before, and never given out again.</param>
/// <param name="Log">The log it is for, as <c>owner/topic</c>; null when it does not say.</param>
/// <param name="Reason">Why it was refused, by its stable name.</param>
/// <param name="At">When it was refused first.</param>
/// <param name="Size">Length of its bytes.</param>
public sealed record QuarantineItem(long Id, string? Log, string Reason, DateTimeOffset At, long Size);
