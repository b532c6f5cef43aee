using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Server.Append;

/// <summary>
/// Decides where an entry's data is kept. Small data travels in pages. Large data, and data that may have to be forgotten, is content of its
/// own: pages are immutable, so what can expire must never get into one.
/// </summary>
public sealed class EntryContent(LogStorage storage, PageOptions pages, SweepOptions sweep, TimeProvider time)
{
    /// <summary>Content stored at once for one segment.</summary>
    private const int Parallelism = 16;

    /// <summary>Stores what does not go into pages. Durable once the task completes.</summary>
    /// <param name="skip">Entries of the segment that the log has already.</param>
    /// <returns>The entries after those, as pages are to carry them; or why they were refused.</returns>
    public async ValueTask<(IReadOnlyList<Entry> Entries, AppendResult? Refusal)> PlaceAsync(
        LogName log, Segment segment, int skip, CancellationToken cancellationToken)
    {
        var entries = skip == 0 ? segment.Entries : [.. segment.Entries.Skip(skip)];
        List<int> apart = [];
        for (var i = 0; i < entries.Count; i++)
        {
            if (!IsEmbedded(entries[i])) apart.Add(i);
        }
        if (apart.Count == 0) return (entries, null);

        var placed = entries.ToArray();
        AppendResult? refusal = null;
        await Parallel.ForEachAsync(apart, new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken }, async (i, token) =>
        {
            (placed[i], var refused) = await PlaceAsync(log, segment.First + skip + i, entries[i], token);
            if (refused is not null) Interlocked.CompareExchange(ref refusal, refused, null);
        });
        return (placed, refusal);
    }

    private bool IsEmbedded(Entry entry) => entry.Data is not null && entry.Size <= pages.EmbedBytes && entry.ParsedHeader.ExpiresAt is null;

    private async ValueTask<(Entry Placed, AppendResult? Refused)> PlaceAsync(LogName log, long sequence, Entry entry, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (entry.ParsedHeader.ExpiresAt <= now) return (Entry.Forgotten(entry.DataDigest, entry.Size, entry.Header), null);

        // The use is provisional: the commit may never come, so the sweep looks once more whether the log really names this content.
        var address = entry.Address ?? storage.Content.AddressOf(entry.Data!.Value);
        if (!storage.Content.Accepts(address.Kind)) return (entry, new AppendResult.UnknownContent(address));
        var use = new ContentUse(ContentUser.Of(log, sequence), now.AddHours(sweep.UploadHours));
        if (!await storage.Uses.TryUseAsync(address, use, cancellationToken)) return (entry, new AppendResult.Busy());

        if (entry.Data is { } data)
        {
            await storage.Content.PutAsync(address, data, cancellationToken);
        }
        else if (await storage.Content.FindLengthAsync(address, cancellationToken) != entry.Size)
        {
            return (entry, new AppendResult.UnknownContent(address));
        }
        return (entry.MovedTo(address), null);
    }
}
