using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using RemoteLog.Bench.Servers;
using RemoteLog.Protocol;

namespace RemoteLog.Bench.Load;

/// <summary>A push service that takes every hint and knows when it had one for each device.</summary>
internal sealed class HintSink : IFloor, IAsyncDisposable
{
    private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] hinted;
    private WebApplication app = null!;
    private int reached;
    private int received;
    private long last;

    private HintSink(int devices)
    {
        hinted = new byte[devices];
    }

    /// <summary>How many it knows, by their number from 0.</summary>
    public int Devices => hinted.Length;

    /// <summary>Scheme, address and port.</summary>
    public string Host => app.Urls.Single();

    /// <summary>Hints, second ones for the same device included.</summary>
    public int Received => Volatile.Read(ref received);

    /// <summary>When each device has had a hint: the timestamp of the last.</summary>
    public Task<long> Completion => WaitAsync();

    public static async Task<HintSink> StartAsync(int devices)
    {
        var sink = new HintSink(devices);
        sink.app = PlainServer.Build(sink);
        await sink.app.StartAsync();
        return sink;
    }

    public string EndpointOf(int device) => $"{Host}/push/{device}";

    public ValueTask AcceptAsync(string path, byte[] body)
    {
        if (body.Length != HintCipher.Size) throw new BenchException($"A hint has {HintCipher.Size} bytes, not {body.Length}.");
        Interlocked.Increment(ref received);
        if (Interlocked.Exchange(ref hinted[int.Parse(path.AsSpan("/push/".Length))], (byte)1) == 0 && Interlocked.Increment(ref reached) == Devices)
        {
            last = Stopwatch.GetTimestamp();
            done.SetResult();
        }
        return ValueTask.CompletedTask;
    }

    public void Dispose()
    {
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task<long> WaitAsync()
    {
        var before = -1;
        while (!done.Task.IsCompleted)
        {
            await Task.WhenAny(done.Task, Task.Delay(TimeSpan.FromSeconds(30)));
            if (!done.Task.IsCompleted && before == Received) throw new BenchException($"No hint came for half a minute, and {Devices - reached} devices had none.");
            before = Received;
        }
        return last;
    }
}
