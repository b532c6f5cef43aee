using System.Text;
using RemoteLog.Bee.Emulator;
using RemoteLog.Functions.Host.Simulator;
using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;
using RemoteLog.Testing;

namespace RemoteLog.Functions.Host;

/// <summary>Queue messages whose work ends at a Bee node.</summary>
public sealed class SwarmTriggerTests(PublishedApp app) : IAsyncLifetime
{
    private readonly Site site = new(app);
    private readonly Device device = new();
    private BeeNode node = null!;
    private SimulatedHost host = null!;

    public async ValueTask InitializeAsync()
    {
        node = await BeeNode.StartAsync();
        var start = site.Start;
        host = await SimulatedHost.StartAsync(start with
        {
            Settings = new Dictionary<string, string>(start.Settings) { ["Swarm__Nodes"] = node.Address.ToString(), ["Swarm__Batches"] = node.Buy().Id.ToString() },
        });
    }

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        await node.DisposeAsync();
        site.Dispose();
    }

    [Fact]
    public async Task A_message_copies_a_page_to_Swarm()
    {
        var page = await SealAsync();
        await SendAsync("remotelog-replicate", $"pages {page}");

        Assert.Equal((1, 0), await host.QueueOf("Replicate").PollAsync());

        Assert.True(node.Network.Has(page.Hash));
        Assert.Empty(site.Messages.In("remotelog-replicate"));
    }

    [Fact]
    public async Task A_message_about_a_page_that_is_not_there_yet_comes_again_and_is_dropped_in_the_end()
    {
        await SendAsync("remotelog-replicate", $"pages {TreeHasher.AddressOf("never stored"u8)}");

        for (var delivery = 1; delivery < 5; delivery++)
        {
            Assert.Equal((0, 1), await host.QueueOf("Replicate").PollAsync());
            site.Time.Advance(TimeSpan.FromSeconds(30));
        }
        Assert.Equal((1, 0), await host.QueueOf("Replicate").PollAsync());

        Assert.Empty(site.Messages.In("remotelog-replicate"));
        Assert.Empty(site.Messages.In("remotelog-replicate-poison"));
    }

    [Fact]
    public async Task A_message_mirrors_a_log_and_the_same_again_mirrors_nothing_more()
    {
        var page = await SealAsync();
        for (var i = 0; i < 2; i++) await SendAsync("remotelog-mirror", $"{device.Log}");

        Assert.Equal((2, 0), await host.QueueOf("Mirror").PollAsync());

        var feed = new SequenceFeed(device.Log.Id.Span.ToArray(), Publisher());
        Assert.True(node.Network.Has(feed.AddressAt(0)));
        Assert.False(node.Network.Has(feed.AddressAt(1)));
        Assert.True(node.Network.Has(page.Hash));
        Assert.Empty(site.Messages.In("remotelog-mirror"));
    }

    /// <summary>Appends what fills a page, and has it sealed.</summary>
    private async Task<Cid> SealAsync()
    {
        for (var n = 1; n <= 4; n++) await site.ClientOf(host).AppendAsync(device.Log, device.Write($"{n}"));
        await site.AskToSealAsync(device.Log);
        Assert.Equal((1, 0), await host.QueueOf("Seal").PollAsync());
        return (await site.HeadAsync(host, device)).Page!.Value;
    }

    private Task SendAsync(string queue, string job) => site.Messages.SendAsync(queue, Convert.ToBase64String(Encoding.ASCII.GetBytes(job)));

    /// <summary>The owner of the mirrors' feeds, whose key the app made at its start.</summary>
    private EthereumAddress Publisher()
    {
        using var key = SigningKey.FromPem(File.ReadAllText(Path.Combine(site.DataFolder, "mirror-key.pem")));
        return EthereumAddress.Of(key.Owner);
    }
}
