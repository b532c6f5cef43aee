using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using RemoteLog.Bee.Emulator;
using RemoteLog.Functions.Operations;
using RemoteLog.Protocol;
using RemoteLog.Testing;

namespace RemoteLog.Functions.Tests;

/// <summary>What is measured of nodes, postage and the work that waits for them.</summary>
public sealed class SwarmMeterTests : IAsyncLifetime
{
    private readonly Device device = new();
    private readonly MeterListener listener = new();
    private readonly ConcurrentQueue<(Instrument Instrument, double Value, KeyValuePair<string, object?>[] Tags)> measurements = new();
    private BeeNode node = null!;
    private PostageBatch batch = null!;

    public async ValueTask InitializeAsync()
    {
        node = await BeeNode.StartAsync();
        batch = node.Buy(depth: 22, timeToLive: TimeSpan.FromDays(30));
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name.StartsWith("remotelog.swarm.", StringComparison.Ordinal) || instrument.Name.StartsWith("remotelog.waiting.", StringComparison.Ordinal))
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => measurements.Enqueue((instrument, value, tags.ToArray())));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => measurements.Enqueue((instrument, value, tags.ToArray())));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => measurements.Enqueue((instrument, value, tags.ToArray())));
        listener.Start();
    }

    public ValueTask DisposeAsync()
    {
        listener.Dispose();
        return node.DisposeAsync();
    }

    [Fact]
    public async Task What_postage_is_left_is_measured_by_batch()
    {
        await using var service = await StartAsync("secondary");
        batch.Fill(0.5);

        await ReadyAsync(service);

        Assert.Equal(0.5, OfBatch("remotelog.swarm.batch.fullness"), 3);
        Assert.InRange(OfBatch("remotelog.swarm.batch.life"), 29 * 86_400, 31 * 86_400);
        Assert.Equal(1, OfBatch("remotelog.swarm.batch.usable"));
        Assert.Equal(1, OfNode("remotelog.swarm.node.up"));
    }

    [Fact]
    public async Task A_batch_that_ran_out_is_measured_as_unusable()
    {
        await using var service = await StartAsync("secondary");
        node.Expire(batch);

        await ReadyAsync(service);

        Assert.Equal(0, OfBatch("remotelog.swarm.batch.usable"));
    }

    [Fact]
    public async Task A_node_that_is_away_and_what_it_failed_is_measured()
    {
        await using var service = await StartAsync("secondary");
        node.Faults.IsStarting = true;

        await ReadyAsync(service);

        Assert.Equal(0, OfNode("remotelog.swarm.node.up"));
        Assert.True(OfNode("remotelog.swarm.failures") >= 1);
    }

    [Theory]
    [InlineData("secondary", 1, 0)]
    [InlineData("only", 0, 1)]
    public async Task The_copies_and_logs_that_wait_for_a_node_are_measured(string role, int copies, int logs)
    {
        await using var service = await StartAsync(role);
        node.Faults.IsStarting = true;
        await service.AppendAsync(device, device.Write([Entry.Embedded("one"u8.ToArray()), Entry.Embedded("two"u8.ToArray())]));
        if (role == "secondary") await service.Services.GetRequiredService<JobPump>().PumpAsync(default);

        await ReadyAsync(service);

        Assert.Equal((copies, logs), (OfService(service, "remotelog.waiting.copies"), OfService(service, "remotelog.waiting.logs")));
    }

    private Task<TestService> StartAsync(string role) => TestService.StartAsync(
        new FakeTimeProvider(A.Moment), "--Swarm:Nodes", node.Address.AbsoluteUri, "--Swarm:Batches", batch.Id.ToString(), "--Swarm:Role", role,
        "--Pages:Entries", "2", "--Triggers:PollMilliseconds", "600000");

    /// <summary>Asks, as probes do, and reads the instruments, as exporters do.</summary>
    private async Task ReadyAsync(TestService service)
    {
        (await service.GetAsync("/api/health/ready")).EnsureSuccessStatusCode();
        listener.RecordObservableInstruments();
    }

    private double OfBatch(string name) => Of(name).Last(each => each.Tags.Any(tag => tag.Key == "remotelog.swarm.batch" && Equals(tag.Value, batch.Id.ToString()))).Value;

    private double OfNode(string name) => Of(name).Last(each => each.Tags.Any(tag => tag.Key == "remotelog.swarm.node" && Equals(tag.Value, node.Address.AbsoluteUri))).Value;

    /// <summary>Told apart from other services in this process by who made its meters.</summary>
    private double OfService(TestService service, string name)
    {
        var own = service.Services.GetRequiredService<IMeterFactory>();
        return Of(name).Last(each => each.Instrument.Meter.Scope == own).Value;
    }

    private IEnumerable<(Instrument Instrument, double Value, KeyValuePair<string, object?>[] Tags)> Of(string name) =>
        measurements.Where(each => each.Instrument.Name == name);
}
