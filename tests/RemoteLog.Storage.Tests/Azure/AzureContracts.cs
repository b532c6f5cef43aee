using RemoteLog.Server.Storage;

namespace RemoteLog.Storage.Tests.Azure;

public sealed class AzureNameRegistry(Azurite azurite) : NameRegistryContract
{
    protected override async ValueTask<INameRegistry> OpenAsync() => (await azurite.OpenAsync()).Storage.Names;
}

public sealed class AzureContentStore(Azurite azurite) : ContentStoreContract
{
    protected override async ValueTask<IContentStore> OpenAsync() => (await azurite.OpenAsync()).Storage.Content;
}

public sealed class AzureContentUses(Azurite azurite) : ContentUsesContract
{
    protected override async ValueTask<IContentUses> OpenAsync() => (await azurite.OpenAsync()).Storage.Uses;
}

public sealed class AzureJobQueue(Azurite azurite) : JobQueueContract
{
    protected override async ValueTask<IJobQueue> OpenAsync() => (await azurite.OpenWithClockAsync(Time)).Storage.Jobs;
}

public sealed class AzureQuarantine(Azurite azurite) : QuarantineContract
{
    protected override async ValueTask<IQuarantine> OpenAsync() => (await azurite.OpenAsync()).Storage.Quarantine;
}

public sealed class AzureDeviceRegistry(Azurite azurite) : DeviceRegistryContract
{
    protected override async ValueTask<IDeviceRegistry> OpenAsync() => (await azurite.OpenAsync()).Storage.Devices;
}
