using System.Text;
using Microsoft.Extensions.Time.Testing;
using RemoteLog.Client;
using RemoteLog.Functions.Host.Simulator;
using RemoteLog.Protocol;
using RemoteLog.Testing;

namespace RemoteLog.Functions.Host;

/// <summary>What outlives any instance of the host: a data folder, queues, and the clock that queues and timers go by.</summary>
internal sealed class Site(PublishedApp app) : IDisposable
{
    private static readonly RemoteLogClientOptions Once = new() { Retries = 0 };

    private readonly TemporaryFolder folder = new();
    private readonly HttpClient http = new();
    private InMemoryMessages? messages;

    public string DataFolder => folder.Path;

    public FakeTimeProvider Time { get; } = new(A.Moment);

    public InMemoryMessages Messages => messages ??= new InMemoryMessages(Time);

    /// <summary>The host as it would be started, on this site; pages are of four entries.</summary>
    public HostStart Start => new()
    {
        AppRoot = app.Root,
        Settings = new Dictionary<string, string> { ["Data__Folder"] = folder.Path, ["Pages__Entries"] = "4" },
        Messages = Messages,
        Time = Time,
    };

    public Task<SimulatedHost> StartAsync() => SimulatedHost.StartAsync(Start);

    /// <summary>A client that tries once.</summary>
    public RemoteLogClient ClientOf(SimulatedHost host) => new(http, host.Address, Once);

    /// <summary>A job as the appender leaves it.</summary>
    public Task AskToSealAsync(LogName log) => Messages.SendAsync("remotelog-seal", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{log}")));

    /// <summary>The head, as it is read through the host.</summary>
    public Task<Head> HeadAsync(SimulatedHost host, Device device) => ClientOf(host).HeadAsync(device);

    /// <summary>Everything in the log, verified.</summary>
    public Task<IReadOnlyList<string>> ReadAsync(SimulatedHost host, Device device) => ClientOf(host).ReadAsync(device);

    public void Dispose()
    {
        http.Dispose();
        folder.Dispose();
    }
}
