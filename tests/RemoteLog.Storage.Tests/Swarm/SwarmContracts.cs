using RemoteLog.Server.Replicate;
using RemoteLog.Server.Storage;
using RemoteLog.Storage.Tests.Embedded;

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

public sealed class ReplicatedFromFiles : ContentStoreContract, IAsyncDisposable
{
    private readonly SwarmNodes nodes = new();
    private readonly OpenFolder folder = new();

    public async ValueTask DisposeAsync()
    {
        await nodes.DisposeAsync();
        await folder.DisposeAsync();
    }

    protected override async ValueTask<IContentStore> OpenAsync()
    {
        var node = await nodes.StartAsync();
        return new ReplicatedContent("content", folder.Storage.Content, nodes.Open(node, node.Buy(depth: 24)), folder.Storage.Jobs);
    }
}

public sealed class ReplicatedFromSwarm : ContentStoreContract, IAsyncDisposable
{
    private readonly SwarmNodes nodes = new();
    private readonly OpenFolder folder = new();

    protected override bool Forgets => false;

    protected override bool KnowsWhatItHas => false;

    public async ValueTask DisposeAsync()
    {
        await nodes.DisposeAsync();
        await folder.DisposeAsync();
    }

    protected override async ValueTask<IContentStore> OpenAsync()
    {
        var node = await nodes.StartAsync();
        return new ReplicatedContent("content", nodes.Open(node, node.Buy(depth: 24)), folder.Storage.Content, folder.Storage.Jobs);
    }
}
