using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using RemoteLog.Bench.Load;

namespace RemoteLog.Bench.Servers;

/// <summary>The app as `dotnet publish` makes it for the Functions host, in a folder that goes with it.</summary>
internal sealed class PublishedService : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("remotelog-bench-");

    private string Root => Path.Combine(folder.FullName, "app");

    /// <exception cref="BenchException">It could not be published.</exception>
    public static async Task<PublishedService> PublishAsync()
    {
        var service = new PublishedService();
        string[] arguments =
        [
            "publish", Path.Combine(Repository(), "src", "RemoteLog.Functions"), "--configuration", "Release", "--output", service.Root,
            "--artifacts-path", Path.Combine(AppContext.BaseDirectory, "publish-artifacts"), "--nologo", "-nodeReuse:false", "-p:UseSharedCompilation=false",
        ];
        using var publish = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        var output = await publish.StandardOutput.ReadToEndAsync();
        await publish.WaitForExitAsync();
        if (publish.ExitCode == 0) return service;

        service.Dispose();
        throw new BenchException($"The app could not be published: {output}");
    }

    /// <summary>Milliseconds between starting the process as the host does, on an empty data folder, and its answer to a first append.</summary>
    public async Task<double> StartAsync(LogDevice device)
    {
        var (request, port) = (device.AppendRequest(entries: 1), FreePort());
        var data = folder.CreateSubdirectory("data");
        var start = new ProcessStartInfo(Path.Combine(Root, "RemoteLog.Functions")) { WorkingDirectory = Root, RedirectStandardOutput = true };
        start.Environment["FUNCTIONS_CUSTOMHANDLER_PORT"] = $"{port}";
        start.Environment["Data__Folder"] = data.FullName;

        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        try
        {
            using var connection = await ConnectAsync(process, port);
            connection.Exchange(request);
            var elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            device.CheckHead(connection);
            return elapsed;
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
            data.Delete(recursive: true);
        }
    }

    public void Dispose() => folder.Delete(recursive: true);

    private static async Task<HttpConnection> ConnectAsync(Process process, int port)
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

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Repository()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (Directory.Exists(Path.Combine(at.FullName, "src", "RemoteLog.Functions"))) return at.FullName;
        }
        throw new BenchException("The bench does not lie within the repository, so there is nothing to publish.");
    }
}
