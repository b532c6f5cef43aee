using RemoteLog.Server.Storage;

namespace RemoteLog.Storage.Tests.Embedded;

public sealed class EmbeddedNameRegistry : NameRegistryContract, IAsyncDisposable
{
    private readonly OpenFolder folder = new();

    public ValueTask DisposeAsync() => folder.DisposeAsync();

    protected override ValueTask<INameRegistry> OpenAsync() => new(folder.Storage.Names);
}
