using System.Diagnostics;
using System.Net.Sockets;

namespace RemoteLog.Bench.Load;

/// <summary>How a round of requests went.</summary>
/// <param name="Seconds">For all of them.</param>
/// <param name="Milliseconds">For each.</param>
internal sealed record LoadResult(double Seconds, double[] Milliseconds)
{
    public double PerSecond => Milliseconds.Length / Seconds;
}

/// <summary>Many connections to one server, each with one request under way at a time. One thread serves them all: the cores are for the server.</summary>
internal sealed class HttpLoad : IDisposable
{
    private readonly Dictionary<Socket, (HttpConnection Connection, int Index)> connections = [];

    public HttpLoad(int port, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var connection = new HttpConnection(port);
            connections.Add(connection.Socket, (connection, i));
        }
    }

    /// <summary>Sends every list of requests over a connection of its own, one after another.</summary>
    /// <exception cref="BenchException">An answer is not a 200.</exception>
    public LoadResult Run(IReadOnlyList<IReadOnlyList<byte[]>> requests)
    {
        var milliseconds = new double[requests.Sum(list => list.Count)];
        var done = 0;
        var next = new int[requests.Count];
        List<Socket> busy = [.. connections.Keys];
        List<Socket> ready = [];
        var start = Stopwatch.GetTimestamp();
        foreach (var (connection, index) in connections.Values) connection.Send(requests[index][next[index]++]);
        while (busy.Count > 0)
        {
            ready.Clear();
            ready.AddRange(busy);
            Socket.Select(ready, null, null, Timeout.Infinite);
            foreach (var socket in ready)
            {
                var (connection, index) = connections[socket];
                if (!connection.Receive()) continue;
                milliseconds[done++] = connection.Milliseconds;
                if (next[index] < requests[index].Count) connection.Send(requests[index][next[index]++]);
                else busy.Remove(socket);
            }
        }
        return new LoadResult(Stopwatch.GetElapsedTime(start).TotalSeconds, milliseconds);
    }

    public void Dispose()
    {
        foreach (var (connection, _) in connections.Values) connection.Dispose();
    }
}
