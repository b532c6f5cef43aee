using RemoteLog.Protocol;
using RemoteLog.Server;
using RemoteLog.Server.Storage;
using RemoteLog.Storage.Azure.Tables;

namespace RemoteLog.Storage.Azure;

/// <summary>Heads, tails, page records and forks in tables; which of them a log's rows are in follows from its id. See <see cref="RowKeys"/>.</summary>
internal sealed class NameRegistry(Rendezvous<Table> tables, IContentStore blobs) : INameRegistry
{
    /// <summary>Rows of sealed segments that a head lists at the most, so that the list fits a property.</summary>
    private const int MaxListed = 2_000;

    private readonly RowPayload payload = new(blobs);
    private readonly ForkRows forks = new(tables, new RowPayload(blobs));
    private readonly UnsealedScan unsealed = new(tables);

    // A service signs with one key at a time, and finding the curve point behind a name costs more than all else about reading a head.
    private volatile Owner? lastSigner;

    public async ValueTask<StoredHead?> FindHeadAsync(LogName log, CancellationToken cancellationToken) =>
        await tables.Of(log.Id).FindAsync(RowKeys.Partition(log), RowKeys.Head, cancellationToken) is { } row ? ReadHead(log, row) : null;

    public async ValueTask<StoredHead?> TryAppendAsync(StoredHead? current, Head next, SegmentRecord segment, CancellationToken cancellationToken)
    {
        var block = await payload.StoreAsync(segment.Block, cancellationToken);
        Property[] properties =
        [
            Property.Of("first", segment.First),
            Property.Of("before", segment.Before.Span.ToArray()),
            Property.Of("link", segment.Link.Span.ToArray()),
            Property.Of("signature", segment.Signature.Span.ToArray()),
            .. block,
        ];
        return await CommitAsync(
            current, next, (current?.TailBytes ?? 0) + segment.Block.Length, RowKeys.Segment(segment.Last), properties, dropped: [], cancellationToken);
    }

    public async ValueTask<StoredHead?> TrySealAsync(
        StoredHead current, Head next, PageRecord page, IReadOnlyList<SegmentRecord> replaced, CancellationToken cancellationToken)
    {
        if (replaced.Count == 0 || replaced[0].First != current.Head.Sealed + 1 || replaced[^1].Last != page.Last)
        {
            throw new InvalidOperationException($"A page up to {page.Last} of {next.Log} would not replace the oldest of its tail.");
        }
        Property[] properties =
        [
            Property.Of("first", page.First),
            Property.Of("address", page.Address.ToString()),
            Property.Of("size", page.Size),
        ];
        return await CommitAsync(
            current, next, current.TailBytes - replaced.Sum(segment => (long)segment.Block.Length), RowKeys.Page(page.Last), properties,
            [.. replaced.Select(segment => segment.Last)], cancellationToken);
    }

    public async ValueTask<Tail?> ReadTailAsync(LogName log, long after, int maxBytes, CancellationToken cancellationToken)
    {
        // An answer in several portions is not of one moment. What does not fit together is read again, which ends unless rows are missing for good.
        const int Attempts = 16;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var reading = new TailReading(after, maxBytes);
            await foreach (var row in tables.Of(log.Id).QueryAsync(RowKeys.HeadAndSegmentsAfter(log, after), cancellationToken))
            {
                if (row.Key == RowKeys.Head) reading.Begin(ReadHead(log, row));
                else if (!reading.Take(row)) break;
            }
            if (reading.Head is null) return null;
            if (reading.IsWhole) return new Tail(reading.Head, await reading.GetSegmentsAsync(log, payload, cancellationToken));
        }
        throw new DamagedLogException(log, "the segments of its tail leave a gap");
    }

    public async ValueTask<IReadOnlyList<PageRecord>> ReadPagesAsync(LogName log, long after, int max, CancellationToken cancellationToken)
    {
        List<PageRecord> pages = [];
        Continuation? next = null;
        do
        {
            var portion = await tables.Of(log.Id).QueryAsync(RowKeys.PagesAfter(log, after), max - pages.Count, next, cancellationToken);
            foreach (var row in portion.Rows)
            {
                pages.Add(new PageRecord(row.Number("first"), RowKeys.LastOfPage(row.Key), Cid.Parse(row.Text("address")), row.Number("size")));
            }
            next = portion.Next;
        }
        while (next is not null && pages.Count < max);
        return pages;
    }

    public ValueTask AddForkAsync(Fork fork, int max, CancellationToken cancellationToken) => forks.AddAsync(fork, max, cancellationToken);

    public ValueTask<IReadOnlyList<Fork>> ReadForksAsync(LogName log, CancellationToken cancellationToken) => forks.ReadAsync(log, cancellationToken);

    public ValueTask<IReadOnlyList<LogName>> FindUnsealedAsync(int entries, long bytes, int max, CancellationToken cancellationToken) =>
        unsealed.FindAsync(entries, bytes, max, cancellationToken);

    /// <summary>The one transaction in which a log changes: the head, a new row, and rows of sealed segments to be dropped, as many as it takes.</summary>
    private async ValueTask<StoredHead?> CommitAsync(
        StoredHead? current, Head next, long tailBytes, string key, IEnumerable<Property> properties, IReadOnlyList<long> dropped,
        CancellationToken cancellationToken)
    {
        var (table, partition) = (tables.Of(next.Log.Id), RowKeys.Partition(next.Log));
        var version = current is null ? null : HeadVersion.Parse(current.Version);
        var (now, later) = new DroppedSegments([.. version?.Left.Lasts ?? [], .. dropped]).Split(Table.MaxChanges - 2);
        var (listed, unlisted) = later.Split(MaxListed);
        var left = new DroppedSegments(listed);
        var stored = new StoredHead(next, next.ToArray(), tailBytes, Version: string.Empty);

        // The head first: who lost against another change is told so before a row of it is touched.
        var commit = Guid.NewGuid().ToString("N");
        var answer = await table.CommitAsync(
            partition,
            [
                HeadRow.Change(version, stored, left),
                new TableChange.Insert(key, [.. properties, Property.Of("commit", commit)]),
                .. now.Select(Drop),
            ],
            cancellationToken);
        if (answer.Applied)
        {
            // Only a page of thousands of segments gets here. A crash in between leaves rows that no reader looks at.
            foreach (var chunk in unlisted.Lasts.Chunk(Table.MaxChanges)) await table.CommitAsync(partition, [.. chunk.Select(Drop)], cancellationToken);
            return stored with { Version = new HeadVersion(answer.ETag, left).ToString() };
        }

        // An earlier attempt of ours may have been made and only its answer lost: then the row is there, and it is ours. If it was dropped since, the
        // change counts as lost, and whoever asked finds the log already as wanted when looking again.
        if (!answer.Repeated || await table.FindAsync(partition, key, cancellationToken) is not { } row || row.Text("commit") != commit) return null;
        return await FindHeadAsync(next.Log, cancellationToken);
    }

    private static TableChange Drop(long last) => new TableChange.Delete(RowKeys.Segment(last), TableChange.AnyETag);

    private StoredHead ReadHead(LogName log, TableRow row)
    {
        var stored = HeadRow.Read(log, row, lastSigner);
        if (stored.Head.Receipt is { Signer: var signer }) lastSigner = signer;
        return stored;
    }
}
