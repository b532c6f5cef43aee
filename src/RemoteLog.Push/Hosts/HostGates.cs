using System.Collections.Concurrent;

namespace RemoteLog.Push.Hosts;

/// <summary>The gates of all hosts of one kind. Strangers name hosts, so quiet ones are forgotten once there are too many.</summary>
internal sealed class HostGates(HostOptions options, HostLimits limits, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, HostGate> gates = new(StringComparer.Ordinal);
    private readonly Lock sweeping = new();
    private int count;

    public HostGate Of(string host)
    {
        if (gates.TryGetValue(host, out var gate)) return gate;
        gate = new HostGate(options, limits, time);
        if (!gates.TryAdd(host, gate)) return Of(host);
        if (Interlocked.Increment(ref count) > options.Remembered) Forget();
        return gate;
    }

    private void Forget()
    {
        if (!sweeping.TryEnter()) return;
        try
        {
            foreach (var (host, gate) in gates)
            {
                if (gate.IsQuiet && gates.TryRemove(host, out _)) Interlocked.Decrement(ref count);
            }
        }
        finally
        {
            sweeping.Exit();
        }
    }
}
