using System.Diagnostics.Metrics;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using RemoteLog.Server.Storage;
using RemoteLog.Storage.Azure.Tables;

namespace RemoteLog.Storage.Azure;

/// <summary>
/// All that RemoteLog stores, in Azure storage accounts: content in Blob storage, names and uses of content in Table storage, jobs in Queue storage.
/// Any number of processes may work on it at once.
/// </summary>
public sealed class AzureStorage : IDisposable
{
    /// <summary>The meter under which it counts operations, which is what storage costs.</summary>
    public const string MeterName = "RemoteLog.Storage.Azure";

    private readonly Meter meter;
    private readonly IReadOnlyList<StorageAccount> accounts;
    private readonly IReadOnlyList<Table> tables;
    private readonly Rendezvous<BlobContent>[] contents;
    private readonly JobQueue jobs;

    private AzureStorage(Meter meter, IReadOnlyList<StorageAccount> accounts, string prefix, TimeProvider time)
    {
        this.meter = meter;
        this.accounts = accounts;
        var names = Each(accounts, account => account.Table($"{prefix}names"));
        var uses = Each(accounts, account => new UseTables(account.Table($"{prefix}uses"), account.Table($"{prefix}due")));
        var quarantine = accounts[0].Table($"{prefix}quarantine");
        var devices = Each(accounts, account => account.Table($"{prefix}devices"));
        var follows = Each(accounts, account => account.Table($"{prefix}follows"));
        tables = [.. names.All, .. uses.All.SelectMany(each => new[] { each.Uses, each.Due }), quarantine, .. devices.All, .. follows.All];
        contents =
        [
            Each(accounts, account => new BlobContent(account.Blobs, account.Links, $"{prefix}-pages")),
            Each(accounts, account => new BlobContent(account.Blobs, account.Links, $"{prefix}-content")),
        ];

        var pages = new SpreadContent(contents[0]);
        jobs = new JobQueue(accounts[0].Queues, accounts[0].Blobs.GetBlobContainerClient($"{prefix}-jobs"), prefix);
        Storage = new LogStorage(
            new NameRegistry(names, pages), pages, new SpreadContent(contents[1]), new ContentUses(uses, time), jobs, new Quarantine(quarantine, new RowPayload(pages)),
            new DeviceRegistry(devices, follows), new MirrorFeeds(names));
    }

    /// <summary>What the server works on.</summary>
    public LogStorage Storage { get; }

    /// <summary>Whether an account named in <see cref="AzureStorageOptions.Accounts"/> is the emulator's.</summary>
    /// <exception cref="ArgumentException">A connection string of anything but the emulator.</exception>
    public static bool IsEmulator(string account) => Emulator.TryParse(account, out _);

    /// <summary>Opens storage without asking anything of it: nothing is created, and whether it can be reached turns out later.</summary>
    /// <param name="time">By which requests are sent again.</param>
    /// <param name="identity">Who we are to the accounts; null: as the options say.</param>
    /// <param name="transport">How requests travel; null: over HTTP.</param>
    /// <exception cref="ArgumentException">A connection string of anything but the emulator, the emulator beside accounts in Azure, or no account at all.</exception>
    public static AzureStorage Open(
        AzureStorageOptions options, TimeProvider time, TokenCredential? identity = null, HttpPipelineTransport? transport = null)
    {
        if (options.Accounts.Count == 0) throw new ArgumentException("At least one storage account is needed.", nameof(options));
        if (options.Accounts.Any(IsEmulator) && !options.Accounts.All(IsEmulator))
        {
            throw new ArgumentException("The emulator on this machine is named beside storage accounts in Azure. Name either.");
        }
        var meter = new Meter(MeterName, version: null, tags: [new("remotelog.storage.prefix", options.Prefix)]);
        var operations = meter.CreateCounter<long>("remotelog.storage.operations", "{operation}", "Requests sent to storage, repeated ones too.");
        var pipelines = new Pipelines(options, time, operations, transport);
        try
        {
            StorageAccount[] accounts =
            [
                .. options.Accounts.Select(account => Emulator.TryParse(account, out var emulator)
                    ? StorageAccount.Open(emulator, pipelines)
                    : StorageAccount.Open(account, options.EndpointSuffix, identity ??= IdentityOf(options), pipelines)),
            ];
            return new AzureStorage(meter, accounts, options.Prefix, time);
        }
        catch
        {
            meter.Dispose();
            throw;
        }
    }

    /// <summary>Creates the tables, containers and queues that are not there yet. Once at the start; nothing else ever creates any.</summary>
    /// <param name="queues">The job queues in use.</param>
    public async ValueTask PrepareAsync(IEnumerable<string> queues, CancellationToken cancellationToken)
    {
        foreach (var table in tables) await table.CreateAsync(cancellationToken);
        foreach (var content in contents.SelectMany(each => each.All)) await content.CreateAsync(cancellationToken);
        await jobs.CreateAsync(queues, cancellationToken);
    }

    public void Dispose()
    {
        meter.Dispose();
        foreach (var account in accounts) account.Dispose();
    }

    private static TokenCredential IdentityOf(AzureStorageOptions options) => options.ClientId is { } client
        ? new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(client))
        : new DefaultAzureCredential();

    private static Rendezvous<T> Each<T>(IReadOnlyList<StorageAccount> accounts, Func<StorageAccount, T> of) =>
        new([.. accounts.Select(account => (account.Name, of(account)))]);
}
