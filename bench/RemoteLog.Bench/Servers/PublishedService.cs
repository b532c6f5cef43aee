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
        var request = device.AppendRequest(entries: 1);
        var data = folder.CreateSubdirectory("data");
        try
        {
            var started = Stopwatch.GetTimestamp();
            await using var handler = Launch(new Dictionary<string, string> { ["Data__Folder"] = data.FullName });
            using var connection = await handler.ConnectAsync();
            connection.Exchange(request);
            var elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            device.CheckHead(connection);
            return elapsed;
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }

    /// <summary>Starts the process as the host does, with storage in these accounts.</summary>
    public HandlerProcess StartOn(string accounts) =>
        Launch(new Dictionary<string, string> { ["Storage__Accounts"] = accounts, ["Data__Folder"] = folder.CreateSubdirectory("data").FullName });

    public void Dispose() => folder.Delete(recursive: true);

    private HandlerProcess Launch(Dictionary<string, string> settings)
    {
        var port = FreePort();
        var start = new ProcessStartInfo(Path.Combine(Root, "RemoteLog.Functions")) { WorkingDirectory = Root, RedirectStandardOutput = true };
        start.Environment["FUNCTIONS_CUSTOMHANDLER_PORT"] = $"{port}";
        foreach (var (name, value) in settings) start.Environment[name] = value;
        return new HandlerProcess(Process.Start(start)!, port);
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
