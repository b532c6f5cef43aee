using RemoteLog.Protocol;

namespace RemoteLog.Client;

/// <summary>
/// A log's messages from its mirror. The walk goes backwards, from the newest entries through each page's <c>tail</c>, until it meets what is known; then
/// forwards. Pages on the way are kept in memory as long as they are few, and fetched again otherwise.
/// </summary>
internal sealed class MirrorWalk(MirrorClient mirror, LogName log) : IMessageSource
{
    /// <summary>Bytes of pages kept at the most.</summary>
    private const int MaxKept = 64 * 1024 * 1024;

    private Stack<(Cid? Address, long First, ReadOnlyMemory<byte>? Bytes)>? ahead;

    /// <exception cref="NotMirroredException">The log has no mirror here.</exception>
    /// <exception cref="InvalidLogException">A page is not of this log, or not where it should be.</exception>
    /// <exception cref="UnavailableException">A page is not to be had now.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(long after, CancellationToken cancellationToken)
    {
        ahead ??= await WalkBackAsync(after, cancellationToken).ConfigureAwait(false);
        if (!ahead.TryPop(out var next)) return null;
        return next.Bytes ?? await FetchAsync(next.Address!.Value, next.First, cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => ahead = null;

    private async ValueTask<Stack<(Cid? Address, long First, ReadOnlyMemory<byte>? Bytes)>> WalkBackAsync(long after, CancellationToken cancellationToken)
    {
        var newest = await mirror.FindNewestAsync(log, cancellationToken).ConfigureAwait(false) ?? throw new NotMirroredException(mirror.Node, log);
        var head = newest.Message.Head;
        Stack<(Cid? Address, long First, ReadOnlyMemory<byte>? Bytes)> pages = new();
        var (first, tail, kept) = (head.Sequence + 1, head.Page, 0L);
        if (newest.Message.Newest is { } unsealed && head.Sequence > after)
        {
            first = head.Sealed + 1;
            pages.Push((null, first, unsealed));
        }

        // A page's tail is nobody's signed word: what it leads to has to be of this log and end where the page begins, so each step comes nearer to the first.
        while (first > after + 1 && first > 1)
        {
            var address = tail ?? throw new InvalidLogException(log, first - 1, "no page leads to it.");
            var bytes = await FetchAsync(address, first - 1, cancellationToken).ConfigureAwait(false);
            if (!Page.TryParse(bytes, out var page)) throw new InvalidLogException(log, first - 1, $"the page at {address} cannot be read.");
            if (!page.IsOf(log) || page.Last != first - 1) throw new InvalidLogException(log, first - 1, $"the page at {address} is another.");
            kept += bytes.Length;
            pages.Push((address, page.First, kept <= MaxKept ? bytes : null));
            (first, tail) = (page.First, page.Tail);
        }
        return pages;
    }

    private async ValueTask<ReadOnlyMemory<byte>> FetchAsync(Cid address, long sequence, CancellationToken cancellationToken) => address.Kind == CidKind.Swarm
        ? await mirror.GetBytesAsync(address.Hash, $"the page at {address}, with entry {sequence} of {log},", cancellationToken).ConfigureAwait(false)
        : throw new UnavailableException(mirror.Node, $"the page at {address}, with entry {sequence} of {log}: it was not stored on Swarm, and");
}
