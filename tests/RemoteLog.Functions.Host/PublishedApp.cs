using System.Diagnostics;
using RemoteLog.Testing;

[assembly: AssemblyFixture(typeof(RemoteLog.Functions.Host.PublishedApp))]

namespace RemoteLog.Functions.Host;

/// <summary>The app root, published once for all tests, then read-only as it is once deployed.</summary>
public sealed class PublishedApp : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();

    public string Root => Path.Combine(folder.Path, "app");

    public async ValueTask InitializeAsync()
    {
        // Its intermediate files lie with the tests' own: nothing is written to where a build of the solution, or another test, may be at work.
        var artifacts = Path.Combine(AppContext.BaseDirectory, "publish-artifacts");
        await RunAsync("dotnet", "publish", Path.Combine(Repository(), "src", "RemoteLog.Functions"), "--configuration", "Release",
            "--output", Root, "--artifacts-path", artifacts, "--nologo", "-nodeReuse:false", "-p:UseSharedCompilation=false");
        await RunAsync("chmod", "-R", "a-w", Root);
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("chmod", "-R", "u+w", Root);
        folder.Dispose();
    }

    private static string Repository()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "host.json")) && Directory.Exists(Path.Combine(at.FullName, "src"))) return at.FullName;
        }
        throw new DirectoryNotFoundException("The tests do not lie within the repository.");
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} failed:\n{await output}{await error}");
    }
}
