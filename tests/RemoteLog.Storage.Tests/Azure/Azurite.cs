using Azure.Core.Pipeline;
using RemoteLog.Storage.Azure;
using RemoteLog.Storage.Tests.Azure;
using RemoteLog.Testing;

[assembly: AssemblyFixture(typeof(Azurite))]

namespace RemoteLog.Storage.Tests.Azure;

/// <summary>The emulators that all tests share: started when the first test asks, ended after the last.</summary>
public sealed class Azurite : IAsyncDisposable
{
    private readonly SemaphoreSlim gate = new(1);
    private readonly List<AzureStorage> opened = [];
    private AzuriteProcess? steady;
    private AzuriteProcess? movable;
    private int prefixes;

    /// <summary>Storage that holds nothing yet, in names of its own.</summary>
    public async Task<AzureStorage> OpenAsync(HttpPipelineTransport? transport = null, TimeProvider? time = null) =>
        await OpenAsync(await NewOptionsAsync(), transport, time);

    /// <summary>The same in an emulator whose clock the test moves, and which is only for one test at a time.</summary>
    public async Task<AzureStorage> OpenWithClockAsync(TimeProvider time) => await OpenWithClockAsync(await NewOptionsAsync(), time);

    public async Task<AzureStorage> OpenWithClockAsync(AzureStorageOptions options, TimeProvider time) =>
        await OpenAsync(options with { Accounts = [await GetMovableAsync()] }, new ClockTransport(time), time: null);

    public async Task<AzureStorage> OpenAsync(AzureStorageOptions options, HttpPipelineTransport? transport, TimeProvider? time)
    {
        var storage = AzureStorage.Open(options, time ?? TimeProvider.System, identity: null, transport);
        lock (opened) opened.Add(storage);
        await storage.PrepareAsync(["wake", "seal", "hint", "wake-webpush", "replicate", "mirror"], TestContext.Current.CancellationToken);
        return storage;
    }

    /// <summary>One account, names that nobody used before.</summary>
    public async Task<AzureStorageOptions> NewOptionsAsync() =>
        new() { Accounts = [await GetSteadyAsync()], Prefix = $"test{Interlocked.Increment(ref prefixes)}" };

    /// <summary>How others than our own storage reach the first account.</summary>
    public async Task<string> GetKeyedAsync()
    {
        await GetSteadyAsync();
        return steady!.KeyedConnectionString;
    }

    /// <summary>A second account.</summary>
    public Task<string> GetMovableAsync() => GetAsync(() => movable, process => movable = process, movableClock: true);

    public async ValueTask DisposeAsync()
    {
        foreach (var storage in opened) storage.Dispose();
        if (steady is not null) await steady.DisposeAsync();
        if (movable is not null) await movable.DisposeAsync();
        gate.Dispose();
    }

    private Task<string> GetSteadyAsync() => GetAsync(() => steady, process => steady = process, movableClock: false);

    private async Task<string> GetAsync(Func<AzuriteProcess?> get, Action<AzuriteProcess> set, bool movableClock)
    {
        await gate.WaitAsync();
        try
        {
            if (get() is null) set(await AzuriteProcess.StartAsync(movableClock));
            return get()!.ConnectionString;
        }
        finally
        {
            gate.Release();
        }
    }
}
