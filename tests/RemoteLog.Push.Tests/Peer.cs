using System.Diagnostics;
using System.Text.Json;
using RemoteLog.Testing;

namespace RemoteLog.Push.Tests;

/// <summary>What tests/push-peers/peer.cjs has libraries of others do.</summary>
internal static class Peer
{
    private const string Script = "peer.cjs";

    /// <summary>What a command makes of its input.</summary>
    public static async Task<JsonElement> RunAsync(string command, object input)
    {
        var (exitCode, output, error) = await NpmFolder.PushPeers.RunAsync([Script, command], JsonSerializer.Serialize(input));
        return exitCode == 0 ? JsonDocument.Parse(output).RootElement : throw new InvalidOperationException($"{command}: {error}");
    }

    /// <summary>A command that runs until its input is closed.</summary>
    public static Task<Process> StartAsync(string command) => NpmFolder.PushPeers.StartAsync(Script, command);
}
