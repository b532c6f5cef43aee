using RemoteLog.Bee.Emulator;
using RemoteLog.Protocol;
using RemoteLog.Storage.Swarm;

namespace RemoteLog.Storage.Tests.Swarm;

/// <summary>Bee nodes on one network, and a store that speaks to them.</summary>
internal sealed class SwarmNodes : IAsyncDisposable
{
    private readonly List<BeeNode> nodes = [];
    private readonly List<SwarmContent> stores = [];

    public BeeClock Time { get; } = new();

    public BeeNetwork Network { get; } = new();

    public async Task<BeeNode> StartAsync()
    {
        var node = await BeeNode.StartAsync(network: Network);
        nodes.Add(node);
        return node;
    }

    public SwarmContent Open(BeeNode node, params PostageBatch[] batches) => Open([node.Address], [.. batches.Select(batch => batch.Id)]);

    public SwarmContent Open(IReadOnlyList<Uri> addresses, IReadOnlyList<Digest> batches, bool pin = false)
    {
        var store = SwarmContent.Open(new SwarmOptions { Nodes = addresses, Batches = batches, Pin = pin }, Time, jitter: () => 0.5);
        stores.Add(store);
        return store;
    }

    public async ValueTask DisposeAsync()
    {
        stores.ForEach(store => store.Dispose());
        foreach (var node in nodes) await node.DisposeAsync();
    }
}
