using Microsoft.Extensions.Logging;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Server.Replicate;

/// <summary>Compares the two copies of what a log consists of, a few pages at a time, and makes good what one store lacks.</summary>
public sealed partial class Repairer(LogStorage storage, ILogger<Repairer> logger)
{
    /// <summary>Pages looked at in one go: an answer must come in time.</summary>
    private const int Pages = 8;

    /// <summary>Bytes of the tail looked at in one go.</summary>
    private const int TailBytes = 1024 * 1024;

    /// <summary>Looks at the pages after <paramref name="after"/> and at the content that they name; behind the last page, at what the tail names.</summary>
    /// <returns>Null when the log was never written.</returns>
    public async ValueTask<RepairReport?> RepairAsync(LogName log, long after, CancellationToken cancellationToken)
    {
        if (await storage.Names.FindHeadAsync(log, cancellationToken) is not { } head) return null;

        var report = new RepairReport(after, head.Head.Sequence, 0, 0, 0);
        foreach (var page in await storage.Names.ReadPagesAsync(log, after, Pages, cancellationToken))
        {
            report = await RepairAsync(log, storage.Pages, page.Address, report, cancellationToken);
            report = await RepairAsync(log, await ReadAsync(page, cancellationToken), report, cancellationToken) with { Sequence = page.Last };
        }
        if (report.Sequence > after) return report;

        if (await storage.Names.ReadTailAsync(log, after, TailBytes, cancellationToken) is not { } tail) return null;
        foreach (var segment in tail.Segments)
        {
            report = await RepairAsync(log, Page.ReadBlock(segment.Block), report, cancellationToken) with { Sequence = segment.Last };
        }

        // It was sealed in the meantime, or this was the end.
        return tail.Segments.Count == 0 && tail.Head.Head.Sealed <= after ? report with { Sequence = head.Head.Sequence } : report;
    }

    private async ValueTask<RepairReport> RepairAsync(LogName log, IReadOnlyList<Entry> entries, RepairReport report, CancellationToken cancellationToken)
    {
        foreach (var address in entries.Select(entry => entry.Address).OfType<Cid>())
        {
            report = await RepairAsync(log, storage.Content, address, report, cancellationToken);
        }
        return report;
    }

    private async ValueTask<RepairReport> RepairAsync(LogName log, IContentStore store, Cid address, RepairReport report, CancellationToken cancellationToken)
    {
        if (store is not ReplicatedContent content) return report;
        switch (await content.RepairAsync(address, cancellationToken))
        {
            case RepairOutcome.Whole: return report with { Whole = report.Whole + 1 };
            case RepairOutcome.Repaired:
                Repaired(address, log);
                return report with { Repaired = report.Repaired + 1 };
            case RepairOutcome.Lost:
                Lost(address, log);
                return report with { Lost = report.Lost + 1 };
            default: return report;
        }
    }

    /// <summary>The page's entries; none when it is lost.</summary>
    private async ValueTask<IReadOnlyList<Entry>> ReadAsync(PageRecord page, CancellationToken cancellationToken)
    {
        await using var stream = await storage.Pages.FindAsync(page.Address, 0, null, cancellationToken);
        if (stream is null) return [];
        var bytes = new byte[page.Size];
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return Page.TryParse(bytes, out var parsed) ? parsed.Entries : [];
    }

    [LoggerMessage(LogLevel.Information, "{Address} of {Log} was missing in one store, and is in both now.")]
    private partial void Repaired(Cid address, LogName log);

    [LoggerMessage(LogLevel.Error, "{Address} of {Log} is in neither store.")]
    private partial void Lost(Cid address, LogName log);
}

/// <summary>How far a repair has come, and what it found since it was last asked.</summary>
/// <param name="Sequence">Everything up to here was looked at; <paramref name="Head"/> when the log is through.</param>
/// <param name="Head">The log's newest sequence.</param>
/// <param name="Whole">Contents that both stores had.</param>
/// <param name="Repaired">Contents that one store lacked, and has now.</param>
/// <param name="Lost">Contents that neither store has.</param>
public sealed record RepairReport(long Sequence, long Head, int Whole, int Repaired, int Lost);
