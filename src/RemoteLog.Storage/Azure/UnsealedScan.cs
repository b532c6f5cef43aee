using RemoteLog.Protocol;
using RemoteLog.Storage.Azure.Tables;

namespace RemoteLog.Storage.Azure;

/// <summary>
/// Looks through all heads for long tails, a stretch at a time. An index would have to follow every append, for a question asked a few times an hour, so
/// the service filters rows instead: one call costs at most <see cref="MaxQueries"/> queries for each account, whatever the tables hold, and the next call
/// goes on where it ended. Only this process remembers where that was; after a restart it begins anew, which finds the same again at worst.
/// </summary>
internal sealed class UnsealedScan(Rendezvous<Table> tables)
{
    private const int MaxQueries = 20;

    private readonly (Table Table, Place Place)[] scans = [.. tables.All.Select(table => (table, new Place()))];

    public async ValueTask<IReadOnlyList<LogName>> FindAsync(int entries, long bytes, int max, CancellationToken cancellationToken)
    {
        // 64-bit literals carry an L; a minimum of 1 leaves out what is sealed to the end.
        var filter = $"RowKey eq '{RowKeys.Head}' and unsealed ge 1L and (unsealed ge {entries}L or tail ge {bytes}L)";
        List<LogName> logs = [];
        foreach (var (table, place) in scans)
        {
            for (var queries = 0; queries < MaxQueries && logs.Count < max; queries++)
            {
                var portion = await table.QueryAsync(filter, max - logs.Count, place.Next, cancellationToken);
                logs.AddRange(portion.Rows.Select(row => new LogName(Owner.Parse(row.Text("owner")), Topic.Parse(row.Text("topic")))));
                place.Next = portion.Next;
                if (portion.Next is null) break;
            }
        }
        return logs;
    }

    /// <summary>Where the last call ended in one table.</summary>
    private sealed class Place
    {
        private volatile Continuation? next;

        public Continuation? Next
        {
            get => next;
            set => next = value;
        }
    }
}
