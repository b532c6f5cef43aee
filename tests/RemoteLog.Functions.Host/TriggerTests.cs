using RemoteLog.Functions.Host.Simulator;
using RemoteLog.Testing;

namespace RemoteLog.Functions.Host;

/// <summary>Queue messages and the timer.</summary>
public sealed class TriggerTests(PublishedApp app) : IDisposable
{
    private readonly Site site = new(app);
    private readonly Device device = new();

    public void Dispose() => site.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_seals_a_log_however_it_is_encoded(bool asText)
    {
        await using var host = await SimulatedHost.StartAsync(site.Start with { AsText = asText });
        await AppendAsync(host, 9);
        await site.AskToSealAsync(device.Log);

        Assert.Equal((1, 0), await host.QueueOf("Seal").PollAsync());

        Assert.Equal(8, (await site.HeadAsync(host, device)).Sealed);
        Assert.Equal(9, (await site.ReadAsync(host, device)).Count);
        Assert.Empty(site.Messages.In("remotelog-seal"));
    }

    [Fact]
    public async Task The_same_message_twice_does_no_harm()
    {
        await using var host = await site.StartAsync();
        await AppendAsync(host, 9);
        await site.AskToSealAsync(device.Log);
        await site.AskToSealAsync(device.Log);

        Assert.Equal((2, 0), await host.QueueOf("Seal").PollAsync());

        Assert.Equal(8, (await site.HeadAsync(host, device)).Sealed);
        Assert.Equal(9, (await site.ReadAsync(host, device)).Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_that_keeps_failing_is_set_aside(bool asText)
    {
        await using var host = await SimulatedHost.StartAsync(site.Start with { AsText = asText });
        await site.Messages.SendAsync("remotelog-seal", Convert.ToBase64String("""{"Id":"mine","dequeueCount":0,"sys":"gone"}"""u8));

        for (var delivery = 1; delivery <= 5; delivery++)
        {
            Assert.Equal((0, 1), await host.QueueOf("Seal").PollAsync());
            Assert.Equal((0, 0), await host.QueueOf("Seal").PollAsync());
            site.Time.Advance(TimeSpan.FromSeconds(30));
        }

        Assert.Empty(site.Messages.In("remotelog-seal"));
        Assert.Single(site.Messages.In("remotelog-seal-poison"));
    }

    [Fact]
    public async Task A_message_that_is_not_base64_is_set_aside_at_once()
    {
        await using var host = await site.StartAsync();
        await site.Messages.SendAsync("remotelog-seal", "plain text");

        Assert.Equal((0, 1), await host.QueueOf("Seal").PollAsync());

        Assert.Equal("plain text", Assert.Single(site.Messages.In("remotelog-seal-poison")).Text);
    }

    [Fact]
    public async Task A_message_comes_again_when_the_instance_that_took_it_is_gone()
    {
        await using var host = await site.StartAsync();
        await AppendAsync(host, 4);
        await site.AskToSealAsync(device.Log);
        await site.Messages.ReceiveAsync("remotelog-seal", 16, TimeSpan.FromMinutes(10));

        Assert.Equal((0, 0), await host.QueueOf("Seal").PollAsync());
        site.Time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal((1, 0), await host.QueueOf("Seal").PollAsync());
        Assert.Equal(4, (await site.HeadAsync(host, device)).Sealed);
    }

    [Fact]
    public async Task The_timer_makes_good_what_no_message_asked_for()
    {
        await using var host = await site.StartAsync();
        await AppendAsync(host, 9);
        var timer = host.Timers.Single();

        Assert.Null(await timer.PollAsync());
        site.Time.Advance(TimeSpan.FromMinutes(5));
        var calls = await Task.WhenAll(timer.PollAsync(), timer.PollAsync());

        Assert.Equal([true, null], calls);
        Assert.Equal(8, (await site.HeadAsync(host, device)).Sealed);
    }

    [Fact]
    public async Task A_message_appends_a_segment_once_what_comes_before_it_is_there()
    {
        await using var host = await site.StartAsync();
        var (first, second) = (device.Write("one"), device.Write("two"));
        await site.Messages.SendAsync("remotelog-segments", Convert.ToBase64String(second));
        Assert.Equal((0, 1), await host.QueueOf("Ingest").PollAsync());
        await site.Messages.SendAsync("remotelog-segments", Convert.ToBase64String(first));
        Assert.Equal((1, 0), await host.QueueOf("Ingest").PollAsync());

        site.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal((1, 0), await host.QueueOf("Ingest").PollAsync());

        Assert.Equal(["one", "two"], await site.ReadAsync(host, device));
        Assert.Empty(site.Messages.In("remotelog-segments"));
    }

    [Fact]
    public async Task A_segment_that_never_fits_is_quarantined_and_not_set_aside()
    {
        await using var host = await site.StartAsync();
        device.Write("never sent");
        await site.Messages.SendAsync("remotelog-segments", Convert.ToBase64String(device.Write("two")));

        for (var delivery = 1; delivery < 5; delivery++)
        {
            Assert.Equal((0, 1), await host.QueueOf("Ingest").PollAsync());
            site.Time.Advance(TimeSpan.FromSeconds(30));
        }
        Assert.Equal((1, 0), await host.QueueOf("Ingest").PollAsync());

        Assert.Empty(site.Messages.In("remotelog-segments"));
        Assert.Empty(site.Messages.In("remotelog-segments-poison"));
    }

    [Fact]
    public async Task An_instance_of_one_group_has_that_groups_trigger_only()
    {
        await using (var http = await SimulatedHost.StartAsync(site.Start with { Group = "http" }))
        {
            await AppendAsync(http, 4);
            Assert.Empty(http.Queues);
            Assert.Empty(http.Timers);
        }
        await site.AskToSealAsync(device.Log);
        await using (var seal = await SimulatedHost.StartAsync(site.Start with { Group = "function:Seal" }))
        {
            Assert.Empty(seal.Timers);
            Assert.Equal((1, 0), await seal.QueueOf("Seal").PollAsync());
        }

        await using var host = await site.StartAsync();
        Assert.Equal(4, (await site.HeadAsync(host, device)).Sealed);
    }

    /// <summary>Each entry a segment of its own; pages end where segments do.</summary>
    private async Task AppendAsync(SimulatedHost host, int entries)
    {
        for (var n = 1; n <= entries; n++) await site.ClientOf(host).AppendAsync(device.Log, device.Write($"{n}"));
    }
}
