using System.Diagnostics;
using System.Net.Sockets;
using RemoteLog.Bench.Load;

namespace RemoteLog.Bench.Servers;

/// <summary>The published app, running as the Functions host's custom handler. It ends as the host ends it: by SIGKILL.</summary>
internal sealed class HandlerProcess(Process process, int port) : IAsyncDisposable
{
    public int Port => port;

    /// <summary>Since it started, of all its threads.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>As soon as it listens.</summary>
    /// <exception cref="BenchException">It ended instead.</exception>
    public async Task<HttpConnection> ConnectAsync()
    {
        while (!process.HasExited)
        {
            try
            {
                return new HttpConnection(port);
            }
            catch (SocketException)
            {
                await Task.Delay(1);
            }
        }
        throw new BenchException("The published service did not start.");
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
