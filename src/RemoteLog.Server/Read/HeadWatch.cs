using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Server.Read;

/// <summary>Lets requests wait for a head to change, at most <see cref="WaitOptions.Slots"/> at once.</summary>
public sealed class HeadWatch(LogStorage storage, WaitOptions options, TimeProvider time)
{
    private readonly Dictionary<Digest, Waiters> waiting = [];
    private readonly Lock gate = new();
    private int taken;
    private volatile bool released;

    /// <summary>Requests that wait now.</summary>
    public int Taken => Volatile.Read(ref taken);

    /// <summary>The head changed in this process: whoever waits for it looks again.</summary>
    public void Changed(LogName log)
    {
        Waiters? waiters;
        lock (gate) waiting.Remove(log.Id, out waiters);
        waiters?.Signal.SetResult();
    }

    /// <summary>The service stops: whoever waits is answered at once, and nobody waits any more.</summary>
    public void Release()
    {
        List<Waiters> all;
        lock (gate)
        {
            released = true;
            all = [.. waiting.Values];
            waiting.Clear();
        }
        foreach (var waiters in all) waiters.Signal.SetResult();
    }

    /// <summary>The head once <paramref name="isNews"/> says so, or as it is when time or slots run out; null when the log was never written.</summary>
    public async ValueTask<StoredHead?> FindAsync(LogName log, Func<StoredHead, bool> isNews, TimeSpan wait, CancellationToken cancellationToken)
    {
        var head = await storage.Names.FindHeadAsync(log, cancellationToken);
        if (wait <= TimeSpan.Zero || head is null || isNews(head)) return head;
        if (Interlocked.Increment(ref taken) > options.Slots)
        {
            Interlocked.Decrement(ref taken);
            return head;
        }

        try
        {
            return await WaitAsync(log, isNews, wait, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref taken);
        }
    }

    private async ValueTask<StoredHead?> WaitAsync(LogName log, Func<StoredHead, bool> isNews, TimeSpan wait, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            // Listen before looking: a change between the two is then heard. Other processes are not, hence the look every few seconds.
            var waiters = Listen(log);
            try
            {
                var head = await storage.Names.FindHeadAsync(log, cancellationToken);
                var left = wait - time.GetElapsedTime(start);
                if (head is null || isNews(head) || left <= TimeSpan.Zero || released) return head;
                await waiters.Signal.Task.WaitAsync(TimeSpan.FromSeconds(Math.Min(left.TotalSeconds, options.PollSeconds)), time, cancellationToken);
            }
            catch (TimeoutException)
            {
                // Time for a look of our own.
            }
            finally
            {
                Leave(log, waiters);
            }
        }
    }

    private Waiters Listen(LogName log)
    {
        lock (gate)
        {
            if (!waiting.TryGetValue(log.Id, out var waiters)) waiting[log.Id] = waiters = new Waiters();
            waiters.Count++;
            return waiters;
        }
    }

    private void Leave(LogName log, Waiters waiters)
    {
        lock (gate)
        {
            if (--waiters.Count == 0 && waiting.TryGetValue(log.Id, out var current) && current == waiters) waiting.Remove(log.Id);
        }
    }

    private sealed class Waiters
    {
        public TaskCompletionSource Signal { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Count { get; set; }
    }
}
