using RemoteLog.Bee.Emulator;
using RemoteLog.Client;
using RemoteLog.Protocol;
using RemoteLog.Server.Seal;

namespace RemoteLog.Cli.Tests;

/// <summary>A device mirrors its log under its own key.</summary>
public sealed class DevicePublishingTests
{
    [Fact]
    public async Task A_log_that_its_device_mirrored_is_read_under_the_devices_own_address()
    {
        await using var node = await BeeNode.StartAsync();
        var batch = node.Buy();
        using var key = SigningKey.Create(KeyCurve.Secp256k1);
        using var home = new TemporaryFolder();
        var memory = new FileLogMemory(home.Path);
        var device = new Device(key);
        using var http = new HttpClient();
        MirrorPublisher publisher;

        // The service works off no jobs by itself: a write of its own would be the one that is cut.
        await using (var service = await Service.StartAsync(
            "--Swarm:Nodes", node.Address.ToString(), "--Swarm:Batches", batch.Id.ToString(), "--Swarm:Role", "Only", "--Pages:Entries", "4",
            "--Triggers:PollMilliseconds", "600000"))
        {
            var client = new RemoteLogClient(http, new Uri(service.Address));
            publisher = new MirrorPublisher(http, node.Address, batch.Id, key, client, memory);
            Assert.Equal(0, await publisher.PublishAsync(device.Log));
            for (var i = 1; i <= 6; i++) await client.AppendAsync(device.Log, device.Write($"message {i}"));
            await service.Get<Sealer>().SealAsync(device.Log, CancellationToken.None);

            // The write takes effect, and nobody hears of it.
            node.Faults.CutsAfterWrite = 1;
            await Assert.ThrowsAsync<ServerUnreachableException>(() => publisher.PublishAsync(device.Log));
            var pending = (await memory.FindPendingUpdateAsync(device.Log, publisher.Publisher, CancellationToken.None))!;
            await client.AppendAsync(device.Log, device.Write("message 7"));

            Assert.Equal(7, await publisher.PublishAsync(device.Log));
            Assert.Equal(7, await publisher.PublishAsync(device.Log));

            Assert.Equal(0UL, pending.Index);
            Assert.Null(await memory.FindPendingUpdateAsync(device.Log, publisher.Publisher, CancellationToken.None));
            Assert.Equal(1UL, await memory.FindUpdateAsync(device.Log, publisher.Publisher, CancellationToken.None));
        }
        using var reader = new Shell("http://127.0.0.1:1");

        var read = await reader.SucceedAsync(
            "cat", device.Log.ToString(), "--from-swarm", node.Address.ToString(), "--feed-owner", publisher.Publisher.ToString());

        Assert.Equal(Enumerable.Range(1, 7).Select(i => $"message {i}"), read.Split('\n'));
    }
}
