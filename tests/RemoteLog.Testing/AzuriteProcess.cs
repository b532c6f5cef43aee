using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace RemoteLog.Testing;

/// <summary>Microsoft's emulator of Azure Storage, in memory, on ports of its own choice.</summary>
public sealed partial class AzuriteProcess : IAsyncDisposable
{
    /// <summary>Every emulator's.</summary>
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private static readonly Lazy<Task<string>> Installed = new(async () =>
    {
        var folder = FindFolder();
        await InstallAsync(folder);
        return folder;
    });

    private readonly Process process;
    private Task rest = Task.CompletedTask;

    private AzuriteProcess(Process process) => this.process = process;

    /// <summary>Where its services listen: blobs, queues, tables. Each ends in the name of the account.</summary>
    public IReadOnlyList<Uri> Endpoints { get; private set; } = [];

    /// <summary>How our own storage reaches it.</summary>
    public string ConnectionString => ConnectionStringOf(Endpoints);

    /// <summary>How anybody else does.</summary>
    public string KeyedConnectionString => $"{ConnectionString};AccountKey={Key}";

    /// <summary>Starts one that holds nothing yet, after installing its package where it is not yet, in the versions that its lock file names.</summary>
    /// <param name="movableClock">Whether requests may set its clock: see <see cref="ClockTransport"/>.</param>
    /// <param name="certificate">A folder with <c>cert.pem</c> and <c>key.pem</c>: it speaks HTTPS, and takes tokens of whoever they are.</param>
    public static async Task<AzuriteProcess> StartAsync(bool movableClock = false, string? certificate = null)
    {
        string[] https = certificate is null ? []
            : ["--oauth", "basic", "--cert", Path.Combine(certificate, "cert.pem"), "--key", Path.Combine(certificate, "key.pem")];
        var folder = await Installed.Value;
        var azurite = new AzuriteProcess(Launch(
            folder, "node",
            [
                .. movableClock ? ["--require", "./clock.cjs"] : Array.Empty<string>(), "node_modules/azurite/dist/src/azurite.js",
                "--blobPort", "0", "--queuePort", "0", "--tablePort", "0", "--inMemoryPersistence", "--silent", "--skipApiVersionCheck", "--disableTelemetry",
                .. https,
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

    /// <summary>How our own storage reaches an emulator at these addresses.</summary>
    public static string ConnectionStringOf(IReadOnlyList<Uri> endpoints) =>
        $"AccountName=devstoreaccount1;BlobEndpoint={endpoints[0]};QueueEndpoint={endpoints[1]};TableEndpoint={endpoints[2]}";

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
        await rest;
        process.Dispose();
    }

    private static string FindFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "tests", "azurite");
            if (Directory.Exists(candidate)) return candidate;
        }
        throw new DirectoryNotFoundException("The folder tests/azurite is not above the tests.");
    }

    /// <summary>Aside, and then moved into place at once: several test programs may come here together.</summary>
    private static async Task InstallAsync(string folder)
    {
        var installed = Path.Combine(folder, "node_modules");
        if (Directory.Exists(installed)) return;

        // Below the same folder, since only within one file system a folder can be moved.
        var aside = Directory.CreateDirectory(Path.Combine(folder, $".install-{Environment.ProcessId}"));
        try
        {
            foreach (var file in (string[])["package.json", "package-lock.json"]) File.Copy(Path.Combine(folder, file), Path.Combine(aside.FullName, file), overwrite: true);
            using var npm = Launch(aside.FullName, "npm", ["ci", "--no-audit", "--no-fund"]);
            var error = npm.StandardError.ReadToEndAsync();
            await npm.StandardOutput.ReadToEndAsync();
            await npm.WaitForExitAsync();
            if (npm.ExitCode != 0) throw new InvalidOperationException($"The emulator could not be installed in {folder}: {await error}");
            try
            {
                Directory.Move(Path.Combine(aside.FullName, "node_modules"), installed);
            }
            catch (IOException) when (Directory.Exists(installed))
            {
                // Another was first.
            }
        }
        finally
        {
            aside.Delete(recursive: true);
        }
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
        Dictionary<string, Uri> endpoints = [];
        while (endpoints.Count < 3)
        {
            var line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"The emulator did not start: {await error}");
            if (Listening().Match(line) is { Success: true } match) endpoints[match.Groups[1].Value] = new Uri($"{match.Groups[2]}/devstoreaccount1");
        }
        Endpoints = [endpoints["Blob"], endpoints["Queue"], endpoints["Table"]];

        // Whatever else it says is read, or it would stand still once the pipe is full.
        rest = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
    }
}
