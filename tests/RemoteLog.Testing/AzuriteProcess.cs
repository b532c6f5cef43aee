using System.Diagnostics;
using System.Text.RegularExpressions;

namespace RemoteLog.Testing;

/// <summary>Microsoft's emulator of Azure Storage, in memory, on ports of its own choice.</summary>
public sealed partial class AzuriteProcess : IAsyncDisposable
{
    /// <summary>Every emulator's.</summary>
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private readonly Process process;
    private Task rest = Task.CompletedTask;
    private bool isDisposed;

    private AzuriteProcess(Process process) => this.process = process;

    /// <summary>Where its services listen: blobs, queues, tables. Each ends in the name of the account.</summary>
    public IReadOnlyList<Uri> Endpoints { get; private set; } = [];

    /// <summary>How our own storage reaches it.</summary>
    public string ConnectionString => ConnectionStringOf(Endpoints);

    /// <summary>How anybody else does.</summary>
    public string KeyedConnectionString => $"{ConnectionString};AccountKey={Key}";

    /// <summary>Starts one that holds nothing yet.</summary>
    /// <param name="movableClock">Whether requests may set its clock: see <see cref="ClockTransport"/>.</param>
    /// <param name="certificate">A folder with <c>cert.pem</c> and <c>key.pem</c>: it speaks HTTPS, and takes tokens of whoever they are.</param>
    public static async Task<AzuriteProcess> StartAsync(bool movableClock = false, string? certificate = null)
    {
        string[] https = certificate is null ? []
            : ["--oauth", "basic", "--cert", Path.Combine(certificate, "cert.pem"), "--key", Path.Combine(certificate, "key.pem")];
        var azurite = new AzuriteProcess(await NpmFolder.Azurite.StartAsync(
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
        if (Interlocked.Exchange(ref isDisposed, true)) return;
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
        await rest;
        process.Dispose();
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
