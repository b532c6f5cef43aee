using RemoteLog.Server.Storage;

namespace RemoteLog.Storage.Tests.Swarm;

public sealed class SwarmContentStore : ContentStoreContract, IAsyncDisposable
{
    private readonly SwarmNodes nodes = new();

    // Others may have it still, or already: only the network as a whole could tell.
    protected override bool Forgets => false;

    protected override bool KnowsWhatItHas => false;

    public ValueTask DisposeAsync() => nodes.DisposeAsync();

    protected override async ValueTask<IContentStore> OpenAsync()
    {
        var node = await nodes.StartAsync();
        return nodes.Open(node, node.Buy(depth: 24));
    }
}
