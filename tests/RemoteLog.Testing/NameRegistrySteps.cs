using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Testing;

/// <summary>What a test does to a registry on its way to what it tests. A step that loses against another change throws.</summary>
public static class NameRegistrySteps
{
    /// <summary>Appends to whatever is stored.</summary>
    public static async Task<StoredHead> AppendAsync(this INameRegistry names, SignedSegment segment, CancellationToken cancellationToken)
    {
        var current = await names.FindHeadAsync(segment.Log, cancellationToken);
        return await names.TryAppendAsync(current, segment.After(current?.Head), segment.ToRecord(), cancellationToken)
            ?? throw new InvalidOperationException("Another change came first.");
    }

    /// <summary>Seals the whole tail, or its oldest <paramref name="segments"/>.</summary>
    public static async Task<StoredHead> SealAsync(
        this INameRegistry names, LogName log, CancellationToken cancellationToken, int segments = int.MaxValue)
    {
        var tail = await names.ReadWholeTailAsync(log, cancellationToken);
        var page = SealedPage.Of(tail, segments);
        return await names.TrySealAsync(tail.Head, page.Next, page.Record, page.Replaced, cancellationToken)
            ?? throw new InvalidOperationException("Another change came first.");
    }

    /// <summary>The head and everything that is not sealed.</summary>
    public static async Task<Tail> ReadWholeTailAsync(this INameRegistry names, LogName log, CancellationToken cancellationToken) =>
        await names.ReadTailAsync(log, after: 0, maxBytes: int.MaxValue, cancellationToken) ?? throw new InvalidOperationException("There is no such log.");
}
