using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using RemoteLog.Functions.Operations;
using RemoteLog.Protocol;
using RemoteLog.Server.Ingest;
using RemoteLog.Server.Storage;
using RemoteLog.Testing;

namespace RemoteLog.Functions.Tests;

/// <summary>Segments that gateways put on the queue, which the service works off itself.</summary>
public sealed class IngestTests : IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider time = new(A.Moment);
    private readonly Device device = new();
    private TestService service = null!;

    private LogStorage Storage => service.Services.GetRequiredService<LogStorage>();

    /// <summary>As the Functions host starts it, the service leaves the queue to whoever pulls the trigger: here the pump, when a test says so.</summary>
    public async ValueTask InitializeAsync() => service = await TestService.StartAsync(time, "--FUNCTIONS_CUSTOMHANDLER_PORT", "0", "--Pages:Entries", "1");

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Fact]
    public async Task Segments_are_appended_by_value_and_by_reference()
    {
        await EnqueueAsync(device.Write("one"));
        await PumpAsync();
        var large = device.Write("two");
        await service.Http.PutAsync($"/api/v1/content/{Cid.Of(large)}", new ByteArrayContent(large));
        await EnqueueAsync(Encoding.ASCII.GetBytes($"content:{Cid.Of(large)}"));
        await PumpAsync();

        Assert.Equal(device.Link, (await service.FindHeadAsync(device))!.Link);
        Assert.Equal(2, (await service.ReadAsync(device))[^1].Last);
    }

    [Fact]
    public async Task A_gap_is_filled_by_what_comes_later()
    {
        var (first, second) = (device.Write("one"), device.Write("two"));
        await EnqueueAsync(second);
        await PumpAsync();
        await EnqueueAsync(first);
        await PumpAsync();
        Assert.Equal(1, (await service.FindHeadAsync(device))!.Sequence);

        time.Advance(Lease);
        await PumpAsync();

        Assert.Equal(2, (await service.FindHeadAsync(device))!.Sequence);
        Assert.Empty(await QuarantineAsync());
    }

    [Fact]
    public async Task A_gap_that_stays_is_quarantined_once_the_last_delivery_failed()
    {
        device.Write("never sent");
        var message = device.Write("two");
        await EnqueueAsync(message);

        for (var delivery = 1; delivery < Job.MaxDeliveries; delivery++)
        {
            await PumpAsync();
            Assert.Empty(await QuarantineAsync());
            time.Advance(Lease);
        }
        await PumpAsync();

        Assert.Equal("gap", Assert.Single(await QuarantineAsync()).Reason);
        time.Advance(Lease);
        Assert.Empty(await Storage.Jobs.ReceiveAsync(Ingester.Queue, 10, Lease, default));
    }

    [Fact]
    public async Task What_fails_in_a_way_that_nobody_foresaw_is_quarantined_after_the_last_delivery()
    {
        var other = device.RestoreFromBackup();
        await EnqueueAsync(device.Write("one"));
        await PumpAsync();
        await PumpAsync();
        Directory.Delete(Path.Combine(service.DataFolder, "pages"), recursive: true);
        await EnqueueAsync(other.Write("uno"));

        for (var delivery = 1; delivery < Job.MaxDeliveries; delivery++)
        {
            await PumpAsync();
            time.Advance(Lease);
        }
        Assert.Empty(await QuarantineAsync());
        await PumpAsync();

        Assert.Equal("internal", Assert.Single(await QuarantineAsync()).Reason);
    }

    [Fact]
    public async Task An_envelope_brings_a_segment()
    {
        Assert.True((await PostAsync(device.Write("one"), delivery: 1)).IsSuccessStatusCode);

        Assert.Equal(1, (await service.FindHeadAsync(device))!.Sequence);
    }

    [Fact]
    public async Task An_envelope_that_may_succeed_later_fails_until_its_last_delivery()
    {
        device.Write("never sent");
        var message = device.Write("two");

        Assert.Equal(503, (int)(await PostAsync(message, Job.MaxDeliveries - 1)).StatusCode);
        Assert.Empty(await QuarantineAsync());
        Assert.Equal(200, (int)(await PostAsync(message, Job.MaxDeliveries)).StatusCode);
        Assert.Single(await QuarantineAsync());
    }

    [Fact]
    public void The_host_is_told_the_same_last_delivery()
    {
        using var host = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "host.json")));

        Assert.Equal(Job.MaxDeliveries, host.RootElement.GetProperty("extensions").GetProperty("queues").GetProperty("maxDequeueCount").GetInt32());
    }

    private async Task EnqueueAsync(byte[] message) => await Storage.Jobs.EnqueueAsync(Ingester.Queue, message, TimeSpan.Zero, default);

    private async Task PumpAsync() => await service.Services.GetRequiredService<JobPump>().PumpAsync(default);

    private async Task<IReadOnlyList<QuarantineItem>> QuarantineAsync() => await Storage.Quarantine.ListAsync(0, 10, default);

    private Task<HttpResponseMessage> PostAsync(byte[] message, int delivery) => service.PostAsync(
        "/Ingest",
        Encoding.UTF8.GetBytes($$$"""{"Data":{"segment":"{{{Convert.ToBase64String(message)}}}"},"Metadata":{"DequeueCount":"{{{delivery}}}"}}"""),
        "application/json");
}
