using RemoteLog.Protocol;
using RemoteLog.Storage.Azure.Tables;

namespace RemoteLog.Storage.Azure;

/// <summary>Evidence of forks, each in a row numbered in the order they came.</summary>
internal sealed class ForkRows(Rendezvous<Table> tables, RowPayload payload)
{
    public async ValueTask AddAsync(Fork fork, int max, CancellationToken cancellationToken)
    {
        var log = fork.Refused.Log;
        var properties = await payload.StoreAsync(fork.ToArray(), cancellationToken);
        while (true)
        {
            var known = await ReadAsync(log, cancellationToken);
            if (known.Count >= max || known.Any(each => each.Refused.Sequence == fork.Refused.Sequence && each.Refused.Link == fork.Refused.Link)) return;

            // A conflict: another came in between, perhaps this very one. Each turn there are more, so this ends.
            var row = new TableChange.Insert(RowKeys.Fork(known.Count), [.. properties]);
            if ((await tables.Of(log.Id).CommitAsync(RowKeys.Partition(log), [row], cancellationToken)).Applied) return;
        }
    }

    public async ValueTask<IReadOnlyList<Fork>> ReadAsync(LogName log, CancellationToken cancellationToken)
    {
        List<Fork> forks = [];
        await foreach (var row in tables.Of(log.Id).QueryAsync(RowKeys.ForksOf(log), cancellationToken))
        {
            if (await payload.FindAsync(row, cancellationToken) is not { } bytes || !Fork.TryParse(bytes.Span, out var fork))
            {
                throw new InvalidDataException($"A stored fork of {log} is damaged.");
            }
            forks.Add(fork);
        }
        return forks;
    }
}
