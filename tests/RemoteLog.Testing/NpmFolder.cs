using System.ComponentModel;
using System.Diagnostics;

namespace RemoteLog.Testing;

/// <summary>
/// A folder of tests with code of others for Node.js, in the versions that its package-lock.json names. What it needs is installed when somebody first asks,
/// below the folder itself, and stays there.
/// </summary>
public sealed class NpmFolder
{
    private readonly string name;
    private readonly Lazy<Task<string>> installed;

    private NpmFolder(string name)
    {
        this.name = name;
        installed = new(InstallAsync);
    }

    /// <summary>Microsoft's emulator of Azure Storage.</summary>
    public static NpmFolder Azurite { get; } = new("azurite");

    /// <summary>Swarm's official client.</summary>
    public static NpmFolder BeeJs { get; } = new("bee-js");

    /// <summary>Libraries that push services and those who use them are built with.</summary>
    public static NpmFolder PushPeers { get; } = new("push-peers");

    /// <summary>Runs Node.js there to its end.</summary>
    /// <param name="arguments">A script and what is for it.</param>
    /// <param name="input">What it reads.</param>
    public async Task<(int ExitCode, string Output, string Error)> RunAsync(string[] arguments, string input = "")
    {
        using var node = await StartAsync(arguments);
        return await FinishAsync(node, input);
    }

    /// <summary>Starts Node.js there and leaves it to the caller, with all that it reads and says.</summary>
    public async Task<Process> StartAsync(params string[] arguments) => Launch(await installed.Value, "node", arguments);

    /// <summary>Aside, and then moved into place at once: several test programs may come here together.</summary>
    private async Task<string> InstallAsync()
    {
        var folder = Find();
        var packages = Path.Combine(folder, "node_modules");
        if (Directory.Exists(packages)) return folder;

        // Below the same folder, since only within one file system a folder can be moved.
        var aside = Directory.CreateDirectory(Path.Combine(folder, $".install-{Environment.ProcessId}"));
        try
        {
            foreach (var file in (string[])["package.json", "package-lock.json"]) File.Copy(Path.Combine(folder, file), Path.Combine(aside.FullName, file), overwrite: true);
            using var npm = Launch(aside.FullName, "npm", ["ci", "--no-audit", "--no-fund"]);
            var (exitCode, output, error) = await FinishAsync(npm, input: "");
            if (exitCode != 0) throw new InvalidOperationException($"npm could not install what tests/{name} names: {output}{error}");
            try
            {
                Directory.Move(Path.Combine(aside.FullName, "node_modules"), packages);
            }
            catch (IOException) when (Directory.Exists(packages))
            {
                // Another was first.
            }
        }
        finally
        {
            aside.Delete(recursive: true);
        }
        return folder;
    }

    private string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "tests", name);
            if (File.Exists(Path.Combine(candidate, "package-lock.json"))) return candidate;
        }
        throw new DirectoryNotFoundException($"The folder tests/{name} is not above this program.");
    }

    private Process Launch(string folder, string program, string[] arguments)
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
            throw new InvalidOperationException($"What lies in tests/{name} needs Node.js 20 or later with npm: {program} could not be started.", exception);
        }
    }

    private static async Task<(int ExitCode, string Output, string Error)> FinishAsync(Process process, string input)
    {
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
