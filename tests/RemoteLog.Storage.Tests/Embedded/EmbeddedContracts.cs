using RemoteLog.Server.Storage;

namespace RemoteLog.Storage.Tests.Embedded;

public sealed class EmbeddedNameRegistry : NameRegistryContract, IAsyncDisposable
{
    private readonly OpenFolder folder = new();

    public ValueTask DisposeAsync() => folder.DisposeAsync();

    protected override ValueTask<INameRegistry> OpenAsync() => new(folder.Storage.Names);
}

public sealed class EmbeddedContentStore : ContentStoreContract, IAsyncDisposable
{
    private readonly OpenFolder folder = new();

    public ValueTask DisposeAsync() => folder.DisposeAsync();

    protected override ValueTask<IContentStore> OpenAsync() => new(folder.Storage.Content);
}

public sealed class EmbeddedContentUses : ContentUsesContract, IAsyncDisposable
{
    private readonly OpenFolder folder = new();

    public ValueTask DisposeAsync() => folder.DisposeAsync();

    protected override ValueTask<IContentUses> OpenAsync() => new(folder.Storage.Uses);
}

public sealed class EmbeddedQuarantine : QuarantineContract, IAsyncDisposable
{
    private readonly OpenFolder folder = new();

    public ValueTask DisposeAsync() => folder.DisposeAsync();

    protected override ValueTask<IQuarantine> OpenAsync() => new(folder.Storage.Quarantine);
}

public sealed class EmbeddedDeviceRegistry : DeviceRegistryContract, IAsyncDisposable
{
    private readonly OpenFolder folder = new();

    public ValueTask DisposeAsync() => folder.DisposeAsync();

    protected override ValueTask<IDeviceRegistry> OpenAsync() => new(folder.Storage.Devices);
}

public sealed class EmbeddedJobQueue : JobQueueContract, IAsyncDisposable
{
    private readonly OpenFolder folder;

    public EmbeddedJobQueue() => folder = new OpenFolder(Time);

    public ValueTask DisposeAsync() => folder.DisposeAsync();

    protected override ValueTask<IJobQueue> OpenAsync() => new(folder.Storage.Jobs);
}
