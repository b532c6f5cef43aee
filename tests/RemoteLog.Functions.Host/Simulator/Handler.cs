using RemoteLog.Testing;

namespace RemoteLog.Functions.Host.Simulator;

/// <summary>How it ended with a handler.</summary>
internal enum HandlerEnd
{
    /// <summary>It exited with 0: the host does nothing, and every later call fails.</summary>
    LeftDead,

    /// <summary>It failed for the third time: the host process stops, and the platform starts another.</summary>
    HostStopped,

    /// <summary>The host ended it.</summary>
    Killed,
}

/// <summary>Starts the executable, and again as its exit code says (contract 2.4; 7.3, 7.4).</summary>
internal sealed class Handler : IAsyncDisposable
{
    private const int RestartAtOnce = 200, CountedFailures = 3;

    private readonly string appRoot, executable;
    private readonly IReadOnlyDictionary<string, string> settings;
    private readonly ReservedPort port = new();
    private readonly Lock gate = new();
    private readonly List<HandlerProcess> processes = [];
    private TaskCompletionSource<HandlerProcess> ready = NotYet();
    private bool isEnding, isTimeout;

    private Handler(string appRoot, string executable, IReadOnlyDictionary<string, string> settings)
    {
        (this.appRoot, this.executable, this.settings) = (appRoot, executable, settings);
        Ended = SuperviseAsync();
    }

    /// <summary>The same after every restart.</summary>
    public int Port => port.Number;

    /// <summary>Every process so far, the newest last.</summary>
    public IReadOnlyList<HandlerProcess> Processes
    {
        get
        {
            lock (gate) return [.. processes];
        }
    }

    public Task<HandlerEnd> Ended { get; }

    public static Handler Start(string appRoot, string executable, IReadOnlyDictionary<string, string> settings) => new(appRoot, executable, settings);

    /// <summary>The process to call. Calls wait while one starts (contract 2.1).</summary>
    /// <exception cref="HttpRequestException">The host has stopped.</exception>
    public async Task<HandlerProcess> ReadyAsync()
    {
        Task<HandlerProcess> starting;
        lock (gate) starting = ready.Task;
        if (await Task.WhenAny(starting, Ended) == starting) return await starting;
        return await Ended == HandlerEnd.LeftDead ? Processes[^1] : throw new HttpRequestException("The host has stopped.");
    }

    /// <summary>Somebody kills the process, as a crash would end it. Completes when it is gone.</summary>
    public Task KillAsync() => KillAsync(isTimeout: false);

    /// <summary>The host kills the process because of functionTimeout, which is not counted.</summary>
    public Task KillForTimeoutAsync() => KillAsync(isTimeout: true);

    public async ValueTask DisposeAsync()
    {
        lock (gate)
        {
            isEnding = true;
            if (!processes[^1].Exited.IsCompleted) processes[^1].Kill();
        }
        await Ended;
        foreach (var process in Processes) process.Dispose();
        port.Dispose();
    }

    private async Task KillAsync(bool isTimeout)
    {
        HandlerProcess process;
        lock (gate)
        {
            process = processes[^1];
            if (ready.Task.IsCompleted) ready = NotYet();
            this.isTimeout = isTimeout;
            process.Kill();
        }
        await process.Exited;
    }

    private async Task<HandlerEnd> SuperviseAsync()
    {
        for (var failures = 0; ;)
        {
            if (StartNext() is not { } process) return HandlerEnd.Killed;
            if (await process.BecomesReadyAsync()) SetReady(process);
            else if (!process.Exited.IsCompleted) process.Kill();

            var exitCode = await process.Exited;
            lock (gate)
            {
                if (isEnding) return HandlerEnd.Killed;
                if (exitCode == 0) return HandlerEnd.LeftDead;
                if (exitCode != RestartAtOnce && !isTimeout && ++failures == CountedFailures) return HandlerEnd.HostStopped;
                isTimeout = false;
                if (ready.Task.IsCompleted) ready = NotYet();
            }
        }
    }

    private HandlerProcess? StartNext()
    {
        lock (gate)
        {
            if (isEnding) return null;
            processes.Add(HandlerProcess.Start(appRoot, executable, Port, settings));
            return processes[^1];
        }
    }

    private void SetReady(HandlerProcess process)
    {
        lock (gate)
        {
            if (!process.Exited.IsCompleted) ready.TrySetResult(process);
        }
    }

    private static TaskCompletionSource<HandlerProcess> NotYet() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
