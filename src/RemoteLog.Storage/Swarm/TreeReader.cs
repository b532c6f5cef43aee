using System.Runtime.CompilerServices;
using RemoteLog.Protocol.Swarm;

namespace RemoteLog.Storage.Swarm;

/// <summary>Walks a tree of chunks in the order of its data, fetching a few chunks ahead.</summary>
/// <param name="read">Fetches a chunk and checks it against its reference.</param>
internal sealed class TreeReader(Func<ChunkReference, CancellationToken, ValueTask<Chunk>> read)
{
    /// <summary>Chunks on their way at once, for one reader.</summary>
    private const int Ahead = 16;

    /// <summary>The data from <paramref name="from"/> to <paramref name="to"/>, in pieces of up to 4096 bytes.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(Chunk chunk, long from, long to, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (chunk.Span <= Chunk.MaxPayload)
        {
            yield return chunk.Payload[(int)from..(int)to];
            yield break;
        }
        if (!ChunkReference.TryReadChildren(chunk, out var children)) throw new InvalidDataException($"{chunk.Address} is no part of a plain tree.");

        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Queue<(long Start, ChunkReference Child, Task<Chunk> Chunk)> coming = new();
        try
        {
            var start = 0L;
            var next = 0;
            while (true)
            {
                for (; next < children.Length && coming.Count < Ahead && start < to; start += (long)children[next++].Span)
                {
                    if (start + (long)children[next].Span > from) coming.Enqueue((start, children[next], read(children[next], cancellation.Token).AsTask()));
                }
                if (!coming.TryDequeue(out var child)) yield break;

                var below = await child.Chunk;
                var (first, last) = (Math.Max(0, from - child.Start), Math.Min((long)child.Child.Span, to - child.Start));
                await foreach (var piece in ReadAsync(below, first, last, cancellationToken)) yield return piece;
            }
        }
        finally
        {
            // A reader that stops early leaves nothing running, and no failure unobserved.
            await cancellation.CancelAsync();
            foreach (var (_, _, left) in coming) await left.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }
}
