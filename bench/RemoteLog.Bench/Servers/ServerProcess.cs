using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace RemoteLog.Bench.Servers;

/// <summary>A server in a process and a folder of its own, both of which go with it.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly DirectoryInfo folder;

    private ServerProcess(Process process, DirectoryInfo folder, int port)
    {
        this.process = process;
        this.folder = folder;
        Port = port;
    }

    /// <summary>On 127.0.0.1.</summary>
    public int Port { get; }

    /// <param name="kind">Which server.</param>
    /// <param name="prepared">A folder with its data, which goes with it; null: an empty one.</param>
    /// <param name="settings">What is not as usual, as on the service's command line.</param>
    /// <exception cref="BenchException">It ended before it listened.</exception>
    public static async Task<ServerProcess> StartAsync(ServerKind kind, DirectoryInfo? prepared = null, params string[] settings)
    {
        var folder = prepared ?? Directory.CreateTempSubdirectory("remotelog-bench-");

        // Started as `dotnet RemoteLog.Bench.dll`, this process is dotnet and has to be told the file again.
        var program = Environment.ProcessPath!;
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
        var process = Process.Start(new ProcessStartInfo(program, [.. self, "serve", kind.ToString(), folder.FullName, "--", .. settings])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith(ServeCommand.Ready, StringComparison.Ordinal)) continue;
            return new ServerProcess(process, folder, int.Parse(line.AsSpan(ServeCommand.Ready.Length), CultureInfo.InvariantCulture));
        }
        folder.Delete(recursive: true);
        throw new BenchException($"The {kind} server did not start.");
    }

    public async Task<ServerStats> GetStatsAsync()
    {
        await process.StandardInput.WriteLineAsync("stats");
        var answer = await process.StandardOutput.ReadLineAsync() ?? throw new BenchException("A server ended early.");
        return JsonSerializer.Deserialize<ServerStats>(answer)!;
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
        process.Dispose();
        if (Directory.Exists(folder.FullName)) folder.Delete(recursive: true);
    }
}
