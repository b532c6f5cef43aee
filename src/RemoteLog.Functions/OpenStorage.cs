using System.ComponentModel.DataAnnotations;
using RemoteLog.Functions.Content;
using RemoteLog.Functions.Operations;
using RemoteLog.Server.Replicate;
using RemoteLog.Server.Storage;
using RemoteLog.Storage.Azure;
using RemoteLog.Storage.Embedded;
using RemoteLog.Storage.Swarm;

namespace RemoteLog.Functions;

/// <summary>The storage that the settings ask for: Azure's when <c>Storage:Accounts</c> names any, else the data folder.</summary>
internal static class OpenStorage
{
    /// <summary>Opens it and leaves it to the services, which dispose of it last.</summary>
    /// <exception cref="InvalidSettingException">The accounts cannot be used as named.</exception>
    public static void AddStorage(
        this IServiceCollection services, StorageOptions options, ContentOptions redirects, SwarmSettings swarm, string folder, TimeProvider time)
    {
        services.AddSingleton(options).AddSingleton(redirects).AddSingleton(swarm);
        var content = swarm.Open(time);
        var isInSwarmAlone = content is not null && swarm.Role == SwarmRole.Only;
        if (content is not null) services.AddSingleton(_ => content);
        if (options.AccountNames.Count == 0)
        {
            if (redirects.Redirect != RedirectTo.None)
            {
                throw new InvalidSettingException("Content:Redirect: content in the data folder lies nowhere else. Redirects need Azure storage (Storage:Accounts).");
            }
            var embedded = EmbeddedStorage.Open(folder, time);
            services.AddSingleton(_ => embedded);

            // Asked for through the opened one, so that it is created, and so disposed of, with the services.
            services.AddSingleton(provider => provider.GetRequiredService<EmbeddedStorage>().Storage.With(provider.GetService<SwarmContent>(), swarm.Role));
            services.AddSingleton(provider => new OwnContent(isInSwarmAlone ? null : provider.GetRequiredService<EmbeddedStorage>().Storage.Content));
            return;
        }

        if (redirects.Redirect == RedirectTo.Cdn && options.AccountNames.Count > 1)
        {
            throw new InvalidSettingException("Content:Redirect: a CDN stands before one storage account, and Storage:Accounts names several. Use signed links instead.");
        }
        var azure = OpenAzure(options, time);
        services.AddSingleton(_ => azure);
        services.AddSingleton(provider => provider.GetRequiredService<AzureStorage>().Storage.With(provider.GetService<SwarmContent>(), swarm.Role));
        services.AddSingleton(provider => new OwnContent(isInSwarmAlone ? null : provider.GetRequiredService<AzureStorage>().Storage.Content));
        if (options.UsesEmulator) services.AddHostedService<StoragePreparation>();
    }

    /// <summary>Names, uses and jobs stay where they are; pages and other content go to Swarm too, or instead.</summary>
    private static LogStorage With(this LogStorage storage, SwarmContent? swarm, SwarmRole role)
    {
        return swarm is null ? storage : storage with { Pages = Of("pages", storage.Pages), Content = Of("content", storage.Content) };

        IContentStore Of(string name, IContentStore own) => role switch
        {
            SwarmRole.Only => swarm,
            SwarmRole.Primary => new ReplicatedContent(name, swarm, own, storage.Jobs),
            _ => new ReplicatedContent(name, own, swarm, storage.Jobs),
        };
    }

    private static AzureStorage OpenAzure(StorageOptions options, TimeProvider time)
    {
        try
        {
            return AzureStorage.Open(
                new AzureStorageOptions
                {
                    Accounts = options.AccountNames,
                    ClientId = options.ClientId,
                    EndpointSuffix = options.EndpointSuffix,
                    Patience = TimeSpan.FromSeconds(options.PatienceSeconds),
                },
                time);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidSettingException($"Storage:Accounts: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// Creates what the emulator lacks, before anything is served. A deployment has its tables, containers and queues from the start, so that neither
    /// the right nor the time to create them is needed there.
    /// </summary>
    private sealed class StoragePreparation(AzureStorage storage) : IHostedLifecycleService
    {
        public Task StartingAsync(CancellationToken cancellationToken) => storage.PrepareAsync([.. JobQueues.All, .. JobQueues.All.Select(JobQueues.PoisonOf)], cancellationToken).AsTask();

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

/// <summary>Content in the data folder or in Azure storage, without what Swarm has of it.</summary>
/// <param name="Store">Null where Swarm alone has content.</param>
internal sealed record OwnContent(IContentStore? Store);

/// <summary>Where everything is kept, when not in the data folder.</summary>
public sealed record StorageOptions
{
    /// <summary>Names of Azure storage accounts, or the emulator's connection string, with spaces or commas between; empty: the data folder is used.</summary>
    public string Accounts { get; init; } = string.Empty;

    /// <summary>The client id of the service's user-assigned identity; null: the identity that the environment gives.</summary>
    public string? ClientId { get; init; }

    /// <summary>What the accounts' host names end in: another one in sovereign clouds.</summary>
    public string EndpointSuffix { get; init; } = "core.windows.net";

    /// <summary>How long a request to Azure storage is sent again while storage is busy or out of reach, before whoever waits for it is answered 503.</summary>
    [Range(0, 100)]
    public int PatienceSeconds { get; init; } = 25;

    public IReadOnlyList<string> AccountNames => Accounts.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Whether all of it is on this machine, for development. No account is then in Azure: <see cref="AzureStorage.Open"/> refuses to mix them.</summary>
    public bool UsesEmulator => AccountNames.Any(AzureStorage.IsEmulator);

    /// <summary>Whether several instances may share it: they cannot each make keys of their own.</summary>
    public bool IsShared => AccountNames.Count > 0 && !UsesEmulator;
}
