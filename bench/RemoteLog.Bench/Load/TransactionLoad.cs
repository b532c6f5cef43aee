using System.Diagnostics;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Testing;

namespace RemoteLog.Bench.Load;

/// <summary>
/// The transactions of appends and nothing else: as many writers at once as requests would come from, each to a log of its own, straight to the name
/// registry. What it stores is what the service stores for the same messages, signed before the clock starts.
/// </summary>
internal sealed class TransactionLoad(INameRegistry names, int writers)
{
    private readonly Writer[] writers = [.. Enumerable.Range(0, writers).Select(seed => new Writer(seed))];

    /// <exception cref="BenchException">An append was not stored.</exception>
    public async Task<LoadResult> RunAsync(int appendsPerWriter)
    {
        foreach (var writer in writers) writer.Prepare(appendsPerWriter);
        var start = Stopwatch.GetTimestamp();
        var milliseconds = await Task.WhenAll(writers.Select(writer => Task.Run(() => writer.AppendAsync(names))));
        return new LoadResult(Stopwatch.GetElapsedTime(start).TotalSeconds, [.. milliseconds.SelectMany(each => each)]);
    }

    private sealed class Writer(int seed)
    {
        private readonly Device device = new("bench");
        private readonly SigningKey receipts = SigningKey.Create();
        private readonly Queue<(Head Next, SegmentRecord Segment)> prepared = [];
        private StoredHead? stored;

        public void Prepare(int appends)
        {
            var head = stored?.Head;
            for (var n = 0; n < appends; n++)
            {
                var segment = device.Sign(A.Entry(LogDevice.MessageLength, HashCode.Combine(seed, device.Sequence)));
                head = segment.After(head);
                var receipt = new Receipt(
                    receipts.Owner, head.UpdatedAt, receipts.Sign(Receipt.Text(head.Log, head.Sequence, head.Link, head.UpdatedAt)));
                prepared.Enqueue((head = head with { Receipt = receipt }, segment.ToRecord()));
            }
        }

        public async Task<List<double>> AppendAsync(INameRegistry names)
        {
            List<double> milliseconds = new(prepared.Count);
            while (prepared.TryDequeue(out var append))
            {
                var sent = Stopwatch.GetTimestamp();
                stored = await names.TryAppendAsync(stored, append.Next, append.Segment, CancellationToken.None)
                    ?? throw new BenchException($"An append to {append.Next.Log} was not stored.");
                milliseconds.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }
            return milliseconds;
        }
    }
}
