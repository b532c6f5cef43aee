using System.ComponentModel;
using System.Diagnostics;

namespace RemoteLog.Protocol.Tests;

/// <summary>The vectors are not only what this code says they are: check.mjs recomputes them with none of it.</summary>
public sealed class IndependentCheckTests
{
    [Fact]
    public async Task An_implementation_in_another_language_agrees_with_every_vector()
    {
        using var node = Start();
        var output = node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = node.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(node.ExitCode == 0, $"check.mjs disagrees with the vectors:\n{await output}{await errors}");

        // Swarm's come from another implementation already.
        var ours = Directory.GetFiles(VectorFile.Folder, "*.json").Where(file => Path.GetFileName(file) != "swarm.json");
        Assert.All(ours, file => Assert.Contains($"{Path.GetFileName(file)}: ", output.Result, StringComparison.Ordinal));
    }

    private static Process Start()
    {
        try
        {
            return Process.Start(new ProcessStartInfo("node", "check.mjs")
            {
                WorkingDirectory = VectorFile.Folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException(
                "This test runs tests/vectors/check.mjs and needs 'node' 20 or newer on the PATH: install Node.js from https://nodejs.org or the system's packages.", exception);
        }
    }
}
