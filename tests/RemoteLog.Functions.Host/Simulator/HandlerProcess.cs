using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;

namespace RemoteLog.Functions.Host.Simulator;

/// <summary>A line of the handler's console, at the level that the host gives it (contract 2.3).</summary>
internal sealed record ConsoleLine(string Level, string Text);

/// <summary>One run of the executable (contract 2.1 to 2.3; 7.1, 7.2, 7.6).</summary>
internal sealed class HandlerProcess : IDisposable
{
    /// <summary>Contract 2.2.</summary>
    private static readonly TimeSpan ProbePause = TimeSpan.FromMilliseconds(25), ProbeLimit = TimeSpan.FromSeconds(30);

    private readonly Process process;
    private readonly ConcurrentQueue<ConsoleLine> lines = new();
    private readonly SemaphoreSlim said = new(0);

    private HandlerProcess(Process process, int port)
    {
        this.process = process;
        Port = port;
        process.OutputDataReceived += (_, line) => Collect(line.Data, "Information");
        process.ErrorDataReceived += (_, line) => Collect(
            line.Data, line.Data?.Contains("warn", StringComparison.OrdinalIgnoreCase) == true ? "Warning" : "Error");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Exited = ExitAsync();
    }

    public int Port { get; }

    public int Id => process.Id;

    public IReadOnlyCollection<ConsoleLine> Lines => lines;

    /// <summary>The exit code, once the process is gone and its last line is read.</summary>
    public Task<int> Exited { get; }

    /// <summary>A plain child: no shell, its output redirected, in the app root, with the host's own environment and five variables more.</summary>
    public static HandlerProcess Start(string appRoot, string executable, int port, IReadOnlyDictionary<string, string> settings)
    {
        var start = new ProcessStartInfo(Path.Combine(appRoot, executable))
        {
            WorkingDirectory = appRoot,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in settings) start.Environment[name] = value;
        var id = Guid.NewGuid().ToString();
        start.Environment["FUNCTIONS_CUSTOMHANDLER_PORT"] = start.Environment["FUNCTIONS_HTTPWORKER_PORT"] = $"{port}";
        start.Environment["FUNCTIONS_CUSTOMHANDLER_WORKER_ID"] = start.Environment["FUNCTIONS_HTTPWORKER_ID"] = id;
        start.Environment["FUNCTIONS_APP_ROOT_PATH"] = appRoot;

        // The host's container sets this for the host, and the handler inherits it.
        start.Environment["ASPNETCORE_URLS"] = "http://+:80";
        return new HandlerProcess(Process.Start(start)!, port);
    }

    /// <summary>Any answer to GET / means ready, and only a refused connection means not yet. False when it took too long, or the process ended.</summary>
    public async Task<bool> BecomesReadyAsync()
    {
        using var http = new HttpClient();
        for (var waited = TimeSpan.Zero; waited < ProbeLimit; waited += ProbePause)
        {
            try
            {
                using var answer = await http.GetAsync($"http://127.0.0.1:{Port}/");
                return true;
            }
            catch (HttpRequestException exception) when (exception.InnerException is SocketException)
            {
                if (await Task.WhenAny(Exited, Task.Delay(ProbePause)) == Exited) return false;
            }
            catch (HttpRequestException)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Until it has said such a line: its console arrives when it likes.</summary>
    public async Task SaysAsync(Func<ConsoleLine, bool> line)
    {
        while (!lines.Any(line)) await said.WaitAsync();
    }

    /// <summary>SIGKILL, the only way in which the host stops a handler (contract 2.5).</summary>
    public void Kill() => process.Kill();

    public void Dispose()
    {
        process.Dispose();
        said.Dispose();
    }

    private async Task<int> ExitAsync()
    {
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private void Collect(string? line, string level)
    {
        if (line is null) return;
        lines.Enqueue(new ConsoleLine(level, line));
        said.Release();
    }
}
