using System.ComponentModel;
using System.Diagnostics;

namespace RemoteLog.Testing;

/// <summary>Swarm's official client, in Node.js.</summary>
public static class BeeJs
{
    /// <summary>Runs one of its scripts.</summary>
    /// <param name="input">What it reads.</param>
    /// <returns>Its exit code and what it said.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(string script, string[] arguments, string input = "")
    {
        var folder = FindFolder();
        await InstallAsync(folder);
        return await RunAsync(folder, "node", [script, .. arguments], input);
    }

    /// <summary>Starts one of its scripts and leaves it to the caller, with all that it reads and says.</summary>
    public static async Task<Process> StartAsync(string script, params string[] arguments)
    {
        var folder = FindFolder();
        await InstallAsync(folder);
        return Launch(folder, "node", [script, .. arguments]);
    }

    /// <summary>Installs the package where it is not yet, in the versions that its lock file names. Other test processes may want it too.</summary>
    private static async Task InstallAsync(string folder)
    {
        await using var gate = await LockAsync(Path.Combine(folder, ".installing"));
        if (Directory.Exists(Path.Combine(folder, "node_modules", "@ethersphere", "bee-js"))) return;
        var (exitCode, output) = await RunAsync(folder, "npm", ["ci", "--no-audit", "--no-fund"], string.Empty);
        if (exitCode != 0) throw new InvalidOperationException($"bee-js could not be installed in {folder}: {output}");
    }

    private static async Task<FileStream> LockAsync(string path)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            }
            catch (IOException)
            {
                // Another process is about to have it installed.
                await Task.Delay(TimeSpan.FromMilliseconds(100));
            }
        }
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string folder, string program, string[] arguments, string input)
    {
        using var process = Launch(folder, program, arguments);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }

    private static Process Launch(string folder, string program, string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException($"Swarm's client needs Node.js 20 or later with npm: {program} could not be started.", exception);
        }
    }

    private static string FindFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "tests", "bee-js");
            if (Directory.Exists(candidate)) return candidate;
        }
        throw new DirectoryNotFoundException("The folder tests/bee-js is not above this program.");
    }
}
