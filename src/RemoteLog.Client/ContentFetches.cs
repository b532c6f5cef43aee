using RemoteLog.Protocol;

namespace RemoteLog.Client;

/// <summary>Fetches the data that is kept on its own, in the order of the entries and some of it ahead, so that many small waits become a few.</summary>
/// <param name="log">Whose entries these are.</param>
/// <param name="entries">Those with an address, oldest first.</param>
internal sealed class ContentFetches(
    ILogSource source, LogName log, LogReaderOptions options, IEnumerable<(long Sequence, Entry Entry)> entries, CancellationToken cancellationToken)
    : IDisposable
{
    private readonly IEnumerator<(long Sequence, Entry Entry)> ahead = entries.GetEnumerator();
    private readonly Queue<(Task<LogEntry> Fetch, long Size)> fetches = [];
    private readonly CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    private long underWay;

    /// <summary>The next of the entries, with its data; null after the last.</summary>
    /// <exception cref="InvalidLogException">The server has other data there.</exception>
    public async ValueTask<LogEntry?> NextAsync()
    {
        while ((fetches.Count == 0 || (fetches.Count < options.ParallelFetches && underWay < options.ReadAheadBytes)) && ahead.MoveNext())
        {
            var (sequence, entry) = ahead.Current;
            fetches.Enqueue((FetchAsync(sequence, entry), entry.Size));
            underWay += entry.Size;
        }
        if (!fetches.TryDequeue(out var next)) return null;
        var (fetch, size) = next;
        underWay -= size;
        return await fetch.ConfigureAwait(false);
    }

    public void Dispose()
    {
        stop.Cancel();
        stop.Dispose();
        ahead.Dispose();
    }

    private async Task<LogEntry> FetchAsync(long sequence, Entry entry)
    {
        if (entry.Size > options.MaxContentBytes || !source.Serves(entry.Address!.Value.Kind)) return new LogEntry(sequence, entry, data: null, isForgotten: false);
        var data = await source.FindContentAsync(entry.Address.Value, options.MaxContentBytes, stop.Token).ConfigureAwait(false);
        if (data is { } bytes && Digest.Of(bytes.Span) != entry.DataDigest)
        {
            throw new InvalidLogException(log, sequence, $"what is kept at {entry.Address} is not the data that the owner signed.");
        }
        return new LogEntry(sequence, entry, data, isForgotten: data is null);
    }
}
