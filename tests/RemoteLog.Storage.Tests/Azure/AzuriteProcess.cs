using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace RemoteLog.Storage.Tests.Azure;

/// <summary>Microsoft's emulator of Azure Storage, in memory, on ports of its own choice.</summary>
internal sealed partial class AzuriteProcess : IAsyncDisposable
{
    private readonly Process process;
    private Task rest = Task.CompletedTask;

    private AzuriteProcess(Process process) => this.process = process;

    /// <summary>How to reach it.</summary>
    public string ConnectionString { get; private set; } = null!;

    /// <param name="folder">Where its package is.</param>
    /// <param name="movableClock">Whether requests may set its clock: see clock.cjs.</param>
    public static async Task<AzuriteProcess> StartAsync(string folder, bool movableClock)
    {
        var azurite = new AzuriteProcess(Launch(
            folder, "node",
            [
                .. movableClock ? ["--require", "./clock.cjs"] : Array.Empty<string>(), "node_modules/azurite/dist/src/azurite.js",
                "--blobPort", "0", "--queuePort", "0", "--tablePort", "0", "--inMemoryPersistence", "--silent", "--skipApiVersionCheck", "--disableTelemetry",
            ]));
        try
        {
            await azurite.ListenAsync();
            return azurite;
        }
        catch
        {
            await azurite.DisposeAsync();
            throw;
        }
    }

    /// <summary>Installs the package where it is not yet, in the versions that its lock file names.</summary>
    public static async Task InstallAsync(string folder)
    {
        if (Directory.Exists(Path.Combine(folder, "node_modules", "azurite"))) return;
        using var npm = Launch(folder, "npm", ["ci", "--no-audit", "--no-fund"]);
        var error = npm.StandardError.ReadToEndAsync();
        await npm.StandardOutput.ReadToEndAsync();
        await npm.WaitForExitAsync();
        if (npm.ExitCode != 0) throw new InvalidOperationException($"The emulator could not be installed in {folder}: {await error}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
        await rest;
        process.Dispose();
    }

    private static Process Launch(string folder, string program, IEnumerable<string> arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException($"Tests of Azure storage need Node.js 20 or later with npm: {program} could not be started.", exception);
        }
    }

    [GeneratedRegex(@"Azurite (Blob|Queue|Table) service is successfully listening at (http\S+)")]
    private static partial Regex Listening();

    private async Task ListenAsync()
    {
        var error = process.StandardError.ReadToEndAsync();
        List<string> endpoints = [];
        while (endpoints.Count < 3)
        {
            var line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"The emulator did not start: {await error}");
            if (Listening().Match(line) is { Success: true } match) endpoints.Add($"{match.Groups[1]}Endpoint={match.Groups[2]}/devstoreaccount1");
        }
        ConnectionString = $"AccountName=devstoreaccount1;{string.Join(';', endpoints)}";

        // Whatever else it says is read, or it would stand still once the pipe is full.
        rest = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
    }
}
