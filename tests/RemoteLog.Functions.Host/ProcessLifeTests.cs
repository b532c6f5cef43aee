using System.Diagnostics;
using System.Net;
using RemoteLog.Client;
using RemoteLog.Functions.Host.Simulator;
using RemoteLog.Testing;

namespace RemoteLog.Functions.Host;

/// <summary>Starts, ends, and ends that nobody announced.</summary>
public sealed class ProcessLifeTests(PublishedApp app) : IDisposable
{
    private readonly Site site = new(app);

    public void Dispose() => site.Dispose();

    [Fact]
    public async Task Nothing_that_was_acknowledged_is_lost_by_kills_at_any_moment()
    {
        var random = new Random(7);
        var writers = Enumerable.Range(0, 6).Select(_ => new Writer(site, new Device())).ToList();
        for (var instance = 0; instance < 2; instance++)
        {
            // The third kill ends the instance, and the platform starts another one.
            await using var host = await site.StartAsync();
            using var acknowledged = new SemaphoreSlim(0);
            var writing = writers.Select(writer => writer.WriteUntilStoppedAsync(host, acknowledged)).ToList();
            for (var kill = 0; kill < 3; kill++)
            {
                for (var left = random.Next(1, 60); left > 0; left--) await acknowledged.WaitAsync();
                var sealing = host.QueueOf("Seal").PollAsync();
                await host.Handler.KillAsync();
                await sealing;
                site.Time.Advance(TimeSpan.FromSeconds(30));
            }
            Assert.Equal(HandlerEnd.HostStopped, await host.Handler.Ended);
            await Task.WhenAll(writing);
        }

        await using var last = await site.StartAsync();
        foreach (var writer in writers)
        {
            var read = await site.ReadAsync(last, writer.Device);
            Assert.InRange(read.Count, writer.Acknowledged, writer.Device.Sequence);
            Assert.Equal(Enumerable.Range(1, read.Count).Select(n => $"{n}"), read);
        }
    }

    [Fact]
    public async Task A_handler_that_was_killed_is_back_on_the_same_port()
    {
        await using var host = await site.StartAsync();
        using var http = new HttpClient { BaseAddress = host.Address };
        var first = await host.Handler.ReadyAsync();

        await host.Handler.KillAsync();

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/api/health/ready")).StatusCode);
        var second = await host.Handler.ReadyAsync();
        Assert.NotEqual(first.Id, second.Id);
        Assert.Equal(first.Port, second.Port);
    }

    [Fact]
    public async Task A_second_instance_on_one_data_folder_fails_until_its_host_stops()
    {
        await using var first = await site.StartAsync();
        await first.Handler.ReadyAsync();

        await using var second = await site.StartAsync();

        Assert.Equal(HandlerEnd.HostStopped, await second.Handler.Ended);
        Assert.Equal("1 1 1", await ExitCodesAsync(second));
        var device = new Device();
        Assert.Equal(1, (await site.ClientOf(first).AppendAsync(device.Log, device.Write("one"))).Sequence);
    }

    [Fact]
    public async Task A_handler_that_cannot_start_says_why_and_does_not_exit_with_0()
    {
        var settings = new Dictionary<string, string>(site.Start.Settings) { ["Pages__Entries"] = "0" };
        await using var host = await SimulatedHost.StartAsync(site.Start with { Settings = settings });

        Assert.Equal(HandlerEnd.HostStopped, await host.Handler.Ended);

        Assert.Equal("1 1 1", await ExitCodesAsync(host));
        var line = Assert.Single(host.Handler.Processes[0].Lines);
        Assert.Equal("Error", line.Level);
        Assert.Contains("Entries", line.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_reaches_the_hosts_log_as_an_error_and_what_is_retried_as_a_warning()
    {
        await using var host = await site.StartAsync();
        await site.Messages.SendAsync("remotelog-seal", Convert.ToBase64String("no log"u8));
        await site.Messages.SendAsync("remotelog-segments", Convert.ToBase64String("no segment"u8));

        await host.QueueOf("Seal").PollAsync();
        await host.QueueOf("Ingest").PollAsync();

        var process = host.Handler.Processes.Single();
        await process.SaysAsync(line => line.Text.Contains("Seal failed", StringComparison.Ordinal));
        await process.SaysAsync(line => line.Text.Contains("Quarantined", StringComparison.Ordinal));
        Assert.Equal(["Error", "Warning"], process.Lines.Where(line => line.Level != "Information").Select(line => line.Level).Order());
        Assert.Contains(process.Lines, line => line is { Level: "Information" } && line.Text.StartsWith("RemoteLog listens on", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_handler_that_exits_with_0_is_left_dead()
    {
        await using var host = await site.StartAsync();
        using var http = new HttpClient { BaseAddress = host.Address };
        var process = await host.Handler.ReadyAsync();

        using (var interrupt = Process.Start("kill", ["-2", $"{process.Id}"])) await interrupt.WaitForExitAsync();

        Assert.Equal(HandlerEnd.LeftDead, await host.Handler.Ended);
        Assert.Equal(HttpStatusCode.InternalServerError, (await http.GetAsync("/api/health/live")).StatusCode);
    }

    [Fact]
    public async Task A_call_that_takes_too_long_costs_the_process_but_is_not_counted()
    {
        await using var host = await SimulatedHost.StartAsync(site.Start with { FunctionTimeout = TimeSpan.Zero });
        using var http = new HttpClient { BaseAddress = host.Address };
        for (var call = 1; call <= 3; call++)
        {
            await host.Handler.ReadyAsync();
            site.Time.Advance(TimeSpan.FromMinutes(5));
            Assert.False(await host.Timers.Single().PollAsync());
        }

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/api/health/ready")).StatusCode);
        Assert.Equal(4, host.Handler.Processes.Count);
    }

    private static async Task<string> ExitCodesAsync(SimulatedHost host) =>
        string.Join(' ', await Task.WhenAll(host.Handler.Processes.Select(process => process.Exited)));

    /// <summary>A device that appends one message after the other; what was not acknowledged is sent again as it was.</summary>
    private sealed class Writer(Site site, Device device)
    {
        private byte[]? unacknowledged;

        public Device Device => device;

        public int Acknowledged { get; private set; }

        public async Task WriteUntilStoppedAsync(SimulatedHost host, SemaphoreSlim acknowledged)
        {
            var client = site.ClientOf(host);
            while (!host.Handler.Ended.IsCompleted)
            {
                unacknowledged ??= device.Write($"{device.Sequence + 1}");
                try
                {
                    await client.AppendAsync(device.Log, unacknowledged);
                }
                catch (Exception exception) when (exception is RemoteLogException or HttpRequestException)
                {
                    continue;
                }
                unacknowledged = null;
                Acknowledged = (int)device.Sequence;
                if (device.Sequence % 4 == 0) await site.AskToSealAsync(device.Log);
                acknowledged.Release();
            }
        }
    }
}
