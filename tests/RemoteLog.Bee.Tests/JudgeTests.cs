using System.Security.Cryptography;
using System.Text.Json;
using RemoteLog.Bee.Emulator;
using RemoteLog.Testing;

namespace RemoteLog.Bee.Tests;

/// <summary>Swarm's official client says whether the emulator is a Bee node to it.</summary>
public sealed class JudgeTests
{
    [Fact]
    public async Task The_official_client_is_satisfied_with_the_emulator()
    {
        await using var node = await BeeNode.StartAsync(new BeeNodeOptions { Mode = BeeMode.Lenient, BlockTime = TimeSpan.FromMilliseconds(1) });

        var (exitCode, output, error) = await NpmFolder.BeeJs.RunAsync(["judge.mjs", node.Address.ToString().TrimEnd('/'), node.Buy().Id.ToString()]);

        Assert.True(exitCode == 0, output + error);
        Assert.EndsWith("bee-js is satisfied", output.TrimEnd());
    }

    [Fact]
    public async Task The_official_client_reads_and_verifies_what_was_written_chunk_by_chunk()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);
        var data = A.Bytes(300_000);
        var reference = await bee.UploadChunksAsync(data);

        var (exitCode, output, error) = await NpmFolder.BeeJs.RunAsync(
            ["read.mjs", node.Address.ToString().TrimEnd('/')],
            JsonSerializer.Serialize(new { data = new[] { new { reference, length = data.Length, sha256 = Convert.ToHexStringLower(SHA256.HashData(data)) } } }));

        Assert.True(exitCode == 0, output + error);
    }

    [Fact]
    public async Task The_official_client_tells_when_what_it_reads_is_not_what_was_written()
    {
        await using var node = await BeeNode.StartAsync();
        using var bee = new BeeClient(node);
        var data = A.Bytes(10_000);
        var reference = await bee.UploadChunksAsync(data);
        node.Faults.CacheIsCorrupt = true;

        var (exitCode, _, _) = await NpmFolder.BeeJs.RunAsync(
            ["read.mjs", node.Address.ToString().TrimEnd('/')],
            JsonSerializer.Serialize(new { data = new[] { new { reference, length = data.Length, sha256 = Convert.ToHexStringLower(SHA256.HashData(data)) } } }));

        Assert.Equal(1, exitCode);
    }
}
