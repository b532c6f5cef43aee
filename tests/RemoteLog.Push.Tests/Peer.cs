using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace RemoteLog.Push.Tests;

/// <summary>Code of others, on Node.js, in the versions that tests/push-peers/package-lock.json names.</summary>
internal static class Peer
{
    private static readonly Lazy<Task<string>> Installed = new(InstallAsync);

    /// <summary>What a command of peer.cjs makes of its input.</summary>
    public static async Task<JsonElement> RunAsync(string command, object input)
    {
        using var node = await StartAsync(command);
        var (output, error) = (node.StandardOutput.ReadToEndAsync(), node.StandardError.ReadToEndAsync());
        await node.StandardInput.WriteAsync(JsonSerializer.Serialize(input));
        node.StandardInput.Close();
        await node.WaitForExitAsync();
        if (node.ExitCode != 0) throw new InvalidOperationException($"{command}: {await error}");
        return JsonDocument.Parse(await output).RootElement;
    }

    /// <summary>A command that runs until its input is closed.</summary>
    public static async Task<Process> StartAsync(string command) => Launch(await Installed.Value, "node", ["peer.cjs", command]);

    /// <summary>Once for all tests, and only where it was not done before.</summary>
    private static async Task<string> InstallAsync()
    {
        var folder = Find();
        if (Directory.Exists(Path.Combine(folder, "node_modules", "web-push-testing")) && Directory.Exists(Path.Combine(folder, "node_modules", "standardwebhooks"))) return folder;
        using var npm = Launch(folder, "npm", ["ci", "--no-audit", "--no-fund"]);
        var error = npm.StandardError.ReadToEndAsync();
        await npm.StandardOutput.ReadToEndAsync();
        await npm.WaitForExitAsync();
        return npm.ExitCode == 0 ? folder : throw new InvalidOperationException($"The peers could not be installed in {folder}: {await error}");
    }

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "tests", "push-peers");
            if (File.Exists(Path.Combine(candidate, "package.json"))) return candidate;
        }
        throw new DirectoryNotFoundException("The folder tests/push-peers is not above the tests.");
    }

    private static Process Launch(string folder, string program, IEnumerable<string> arguments)
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
            throw new InvalidOperationException($"Tests of push need Node.js 20 or later with npm: {program} could not be started.", exception);
        }
    }
}
