using Azure.Storage.Queues;
using Microsoft.Extensions.Time.Testing;
using RemoteLog.Client;
using RemoteLog.Functions.Host.Simulator;
using RemoteLog.Protocol;
using RemoteLog.Testing;

namespace RemoteLog.Functions.Host;

/// <summary>
/// What outlives any instance of the host where everything is in Azure storage: an emulator of this test's own, which instances reach over lines that the
/// test can cut, and whose clock the test moves.
/// </summary>
internal sealed class AzureSite : IAsyncDisposable
{
    public const string OperatorKey = "an-operator-of-this-test";

    /// <summary>Where jobs lie, as host.json's functions know it.</summary>
    public const string SealQueue = "remotelog-seal", IngestQueue = "remotelog-segments";

    private static readonly RemoteLogClientOptions Once = new() { Retries = 0 };

    private readonly TemporaryFolder folder = new();
    private readonly AzuriteProcess azurite;
    private readonly List<HttpClient> clients = [];

    private AzureSite(PublishedApp app, AzuriteProcess azurite, DateTimeOffset now)
    {
        this.azurite = azurite;
        Time = new FakeTimeProvider(now);
        Lines = [.. azurite.Endpoints.Select(endpoint => new Line(endpoint))];
        Messages = new AzureMessages(azurite.KeyedConnectionString, new QueueClientOptions { Transport = new ClockTransport(Time) });
        using var receipts = SigningKey.Create();
        Start = new HostStart
        {
            AppRoot = app.Root,
            Settings = new Dictionary<string, string>
            {
                ["Data__Folder"] = folder.Path,
                ["Storage__Accounts"] = AzuriteProcess.ConnectionStringOf([.. Lines.Select(line => line.Near)]),
                ["Receipts__Key"] = receipts.ToPem(),
                ["Operator__Key"] = OperatorKey,
                ["Pages__Entries"] = "4",
            },
            Messages = Messages,
            Time = Time,
        };
    }

    /// <summary>The emulator's clock, which queues and timers go by.</summary>
    public FakeTimeProvider Time { get; }

    /// <summary>To its blobs, queues and tables.</summary>
    public IReadOnlyList<Line> Lines { get; }

    public AzureMessages Messages { get; }

    /// <summary>How any instance is started; pages are of four entries.</summary>
    public HostStart Start { get; }

    /// <summary>How anybody but the service reaches the storage.</summary>
    public string ConnectionString => azurite.KeyedConnectionString;

    /// <param name="behind">How far the emulator's clock is behind ours.</param>
    public static async Task<AzureSite> OpenAsync(PublishedApp app, TimeSpan behind = default)
    {
        var site = new AzureSite(app, await AzuriteProcess.StartAsync(movableClock: true), DateTimeOffset.UtcNow - behind);

        // The clock stands still from the first thing that anybody asks.
        await site.Messages.CountAsync(SealQueue);
        return site;
    }

    /// <summary>So many instances. The first has created what storage lacks before the others start, as a deployment would have.</summary>
    public async Task<Fleet> StartAsync(int instances, HostStart? start = null)
    {
        var fleet = new Fleet(start ?? Start);
        for (var instance = 0; instance < instances; instance++) await (await fleet.AddAsync()).Handler.ReadyAsync();
        return fleet;
    }

    /// <summary>A client whose requests go to one instance after the other.</summary>
    public RemoteLogClient ClientOf(Fleet fleet, RemoteLogClientOptions? options = null) =>
        new(HttpOf(fleet), new Uri("http://fleet/"), options ?? Once);

    public HttpClient HttpOf(Fleet fleet)
    {
        var http = new HttpClient(fleet, disposeHandler: false) { BaseAddress = new Uri("http://fleet/") };
        lock (clients) clients.Add(http);
        return http;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in clients) client.Dispose();
        foreach (var line in Lines) await line.DisposeAsync();
        await azurite.DisposeAsync();
        folder.Dispose();
    }
}
