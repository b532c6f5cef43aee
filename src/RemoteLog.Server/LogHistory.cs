using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Server;

/// <summary>A stretch of a log that ends in a signed checkpoint, as stored.</summary>
public sealed record SignedRun(long First, long Last, Digest Before, Signature Signature, IReadOnlyList<Entry> Entries)
{
    /// <summary>The link before the entry at <paramref name="sequence"/>, which may be one past the last.</summary>
    public Digest LinkBefore(long sequence) => Chain.Extend(Before, Entries, 0, (int)(sequence - First));
}

/// <summary>What a log held at a sequence: read when a device sends again what is stored, or signs a second history.</summary>
public sealed class LogHistory(LogStorage storage)
{
    /// <summary>The run that covers <paramref name="sequence"/>, which the log is known to have reached.</summary>
    /// <exception cref="DamagedLogException">The registry or the store lacks it.</exception>
    public async ValueTask<SignedRun> GetAsync(LogName log, long sequence, CancellationToken cancellationToken)
    {
        // Tail first: between the two reads entries only ever move from the tail into a page.
        var tail = await storage.Names.ReadTailAsync(log, sequence - 1, maxBytes: 1, cancellationToken);
        if (tail?.Segments is [var segment, ..] && segment.First <= sequence)
        {
            return new SignedRun(segment.First, segment.Last, segment.Before, segment.Signature, Page.ReadBlock(segment.Block));
        }

        var pages = await storage.Names.ReadPagesAsync(log, sequence - 1, max: 1, cancellationToken);
        if (pages is not [var record, ..] || record.First > sequence) throw new DamagedLogException(log, $"no page holds entry {sequence}");
        var page = await GetPageAsync(log, record, cancellationToken);
        return new SignedRun(page.First, page.Last, page.Before, page.Signature, page.Entries);
    }

    private async ValueTask<Page> GetPageAsync(LogName log, PageRecord record, CancellationToken cancellationToken)
    {
        await using var stream = await storage.Pages.FindAsync(record.Address, 0, null, cancellationToken)
            ?? throw new DamagedLogException(log, $"page {record.Address} is gone");
        var bytes = new byte[record.Size];
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return Page.TryParse(bytes, out var page) ? page : throw new DamagedLogException(log, $"page {record.Address} is not a page");
    }
}

/// <summary>The store lost or changed what the registry says it has. Nothing a caller can do; somebody must look.</summary>
public sealed class DamagedLogException(LogName log, string damage) : Exception($"Log {log}: {damage}.");
