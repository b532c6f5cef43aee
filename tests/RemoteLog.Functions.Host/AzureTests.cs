using System.Text;
using Azure.Storage.Blobs;
using RemoteLog.Client;
using RemoteLog.Functions.Host.Simulator;
using RemoteLog.Server.Ingest;
using RemoteLog.Storage.Azure;
using RemoteLog.Testing;

namespace RemoteLog.Functions.Host;

/// <summary>Several instances behind one front door, with everything in Azure storage.</summary>
public sealed class AzureTests(PublishedApp app)
{
    private readonly Device device = new();

    [Fact]
    public async Task A_log_comes_in_by_http_and_by_queue_is_sealed_and_reads_as_one()
    {
        await using var site = await AzureSite.OpenAsync(app);
        await using var fleet = await site.StartAsync(instances: 2);
        var client = site.ClientOf(fleet);

        // Each by another instance than the one before, which knows nothing of it.
        for (var n = 1; n <= 3; n++) await client.AppendAsync(device.Log, device.Write($"{n}"));
        for (var n = 4; n <= 6; n++) await SendAsync(site, device.Write($"{n}"));
        await PollUntilDoneAsync(site, fleet, "Ingest", AzureSite.IngestQueue);
        await client.AppendAsync(device.Log, device.Write("7", "8"));
        await PollUntilDoneAsync(site, fleet, "Seal", AzureSite.SealQueue);
        await client.AppendAsync(device.Log, device.Write("9"));

        Assert.Equal(8, (await client.HeadAsync(device)).Sealed);
        for (var instance = 0; instance < 2; instance++) Assert.Equal(Numbers(9), await client.ReadAsync(device));
    }

    [Fact]
    public async Task Nothing_that_was_acknowledged_is_lost_or_doubled_by_kills_at_any_moment()
    {
        await using var site = await AzureSite.OpenAsync(app);
        await using var fleet = await site.StartAsync(instances: 2);
        var random = new Random(11);
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 6).Select(_ => new LoadWriter(site.ClientOf(fleet))).ToList();
        var writing = writers.Select(writer => writer.WriteAsync(stop.Token)).ToList();

        // A third kill of one handler would end its instance: each host is killed twice.
        for (var kill = 0; kill < 4; kill++)
        {
            await writers[random.Next(writers.Count)].AcknowledgedAsync(random.Next(2, 12));
            var polls = Task.WhenAll(fleet.PollAsync("Seal"), fleet.PollAsync("Ingest"));
            if (random.Next(2) == 0) await writers[0].AcknowledgedAsync(1);
            await fleet.Hosts[kill % 2].Handler.KillAsync();
            await polls;
            site.Time.Advance(TimeSpan.FromSeconds(30));
        }
        await Task.WhenAll(writers.Select(writer => writer.AcknowledgedAsync(3)));
        await stop.CancelAsync();
        await Task.WhenAll(writing);
        await PollUntilDoneAsync(site, fleet, "Seal", AzureSite.SealQueue);

        foreach (var writer in writers)
        {
            await writer.CheckAsync(site.ClientOf(fleet));
            Assert.True((await site.ClientOf(fleet).HeadAsync(writer.Device)).Sealed > 0);
        }
    }

    [Fact]
    public async Task Instances_are_replaced_one_by_one_while_they_serve()
    {
        await using var site = await AzureSite.OpenAsync(app);
        await using var fleet = await site.StartAsync(instances: 2);
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 4).Select(_ => new LoadWriter(site.ClientOf(fleet))).ToList();
        var writing = writers.Select(writer => writer.WriteAsync(stop.Token)).ToList();

        foreach (var old in fleet.Hosts)
        {
            await Task.WhenAll(writers.Select(writer => writer.AcknowledgedAsync(3)));
            await (await fleet.AddAsync()).Handler.ReadyAsync();
            await Task.WhenAll(writers.Select(writer => writer.AcknowledgedAsync(3)));
            await fleet.RemoveAsync(old);
        }
        await Task.WhenAll(writers.Select(writer => writer.AcknowledgedAsync(3)));
        await stop.CancelAsync();
        await Task.WhenAll(writing);

        foreach (var writer in writers) await writer.CheckAsync(site.ClientOf(fleet));
    }

    [Fact]
    public async Task Of_all_instances_one_has_the_timer_until_it_goes()
    {
        await using var site = await AzureSite.OpenAsync(app);
        await using var fleet = await site.StartAsync(instances: 3);

        for (var left = 3; left > 0; left--)
        {
            site.Time.Advance(TimeSpan.FromMinutes(5));
            var calls = await Task.WhenAll(fleet.Hosts.Select(async host => (host, result: await host.Timers.Single().PollAsync())));

            var (holder, result) = Assert.Single(calls, call => call.result is not null);
            Assert.True(result);
            await fleet.RemoveAsync(holder);
        }
    }

    [Fact]
    public async Task Instances_of_one_group_each_do_the_work_of_one_app()
    {
        await using var site = await AzureSite.OpenAsync(app);
        await using var fleet = new Fleet(site.Start);
        foreach (var group in (string[])["http", "http", "function:Ingest", "function:Seal", "function:Sweep"]) await (await fleet.AddAsync(group)).Handler.ReadyAsync();
        var client = site.ClientOf(fleet);

        for (var n = 1; n <= 3; n++) await client.AppendAsync(device.Log, device.Write($"{n}"));
        await SendAsync(site, device.Write("4"));
        Assert.Equal((1, 0), await fleet.PollAsync("Ingest"));
        Assert.Equal((1, 0), await fleet.PollAsync("Seal"));
        await client.AppendAsync(device.Log, device.Write("5", "6", "7", "8"));

        // Its job is lost, which the sweep makes good.
        Assert.Single(await site.Messages.ReceiveAsync(AzureSite.SealQueue, 16, TimeSpan.FromHours(1)));
        site.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.True(await Assert.Single(fleet.Hosts.SelectMany(host => host.Timers)).PollAsync());

        Assert.Equal(8, (await client.HeadAsync(device)).Sealed);
        Assert.Equal(Numbers(8), await client.ReadAsync(device));
    }

    [Fact]
    public async Task A_segment_that_is_delivered_twice_is_there_once()
    {
        await using var site = await AzureSite.OpenAsync(app);
        await using var fleet = await site.StartAsync(instances: 2);
        var segment = device.Write("1", "2");
        await SendAsync(site, segment);
        await SendAsync(site, segment);
        await SendAsync(site, device.Write("3"));

        await PollUntilDoneAsync(site, fleet, "Ingest", AzureSite.IngestQueue);

        Assert.Equal(Numbers(3), await site.ClientOf(fleet).ReadAsync(device));
        Assert.Empty(await QuarantineOf(site, fleet).ListAsync().ToListAsync());
    }

    [Fact]
    public async Task A_message_comes_again_after_its_instance_was_killed_over_it()
    {
        await using var site = await AzureSite.OpenAsync(app);
        await using var fleet = await site.StartAsync(instances: 1);
        var client = site.ClientOf(fleet);
        for (var n = 1; n <= 4; n++) await client.AppendAsync(device.Log, device.Write($"{n}"));

        // Whoever takes it never tells.
        Assert.Single(await site.Messages.ReceiveAsync(AzureSite.SealQueue, 16, TimeSpan.FromMinutes(10)));
        Assert.Equal((0, 0), await fleet.PollAsync("Seal"));
        site.Time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal((1, 0), await fleet.PollAsync("Seal"));
        Assert.Equal(4, (await client.HeadAsync(device)).Sealed);
        Assert.Equal(0, await site.Messages.CountAsync(AzureSite.SealQueue));
    }

    [Fact]
    public async Task A_job_that_always_fails_ends_on_the_poison_queue_and_others_are_done()
    {
        await using var site = await AzureSite.OpenAsync(app);
        await using var fleet = await site.StartAsync(instances: 2);
        var client = site.ClientOf(fleet);
        await site.Messages.SendAsync(AzureSite.SealQueue, Convert.ToBase64String("no log at all"u8));
        for (var n = 1; n <= 4; n++) await client.AppendAsync(device.Log, device.Write($"{n}"));

        Assert.Equal((1, 1), await fleet.PollAsync("Seal"));
        for (var delivery = 2; delivery <= 5; delivery++)
        {
            Assert.Equal((0, 0), await fleet.PollAsync("Seal"));
            site.Time.Advance(TimeSpan.FromSeconds(30));
            Assert.Equal((0, 1), await fleet.PollAsync("Seal"));
        }

        Assert.Equal(0, await site.Messages.CountAsync(AzureSite.SealQueue));
        var poison = Assert.Single(await site.Messages.ReceiveAsync($"{AzureSite.SealQueue}-poison", 16, TimeSpan.FromMinutes(1)));
        Assert.Equal("no log at all", Encoding.UTF8.GetString(Convert.FromBase64String(poison.Text)));
        Assert.Equal(4, (await client.HeadAsync(device)).Sealed);
    }

    [Fact]
    public async Task A_segment_that_is_refused_for_good_is_quarantined_and_replayed_when_its_gap_is_filled()
    {
        await using var site = await AzureSite.OpenAsync(app);
        await using var fleet = await site.StartAsync(instances: 2);
        var first = device.Write("1");
        await SendAsync(site, device.Write("2"));
        for (var delivery = 1; delivery <= 5; delivery++)
        {
            Assert.Equal(delivery < 5 ? (0, 1) : (1, 0), await fleet.PollAsync("Ingest"));
            site.Time.Advance(TimeSpan.FromSeconds(30));
        }

        var item = Assert.Single(await QuarantineOf(site, fleet).ListAsync().ToListAsync());
        Assert.Equal(("gap", $"{device.Log}"), (item.Reason, item.Log));
        await site.ClientOf(fleet).AppendAsync(device.Log, first);
        await QuarantineOf(site, fleet).ReplayAsync(item.Id);

        Assert.Equal(Numbers(2), await site.ClientOf(fleet).ReadAsync(device));
        Assert.Empty(await QuarantineOf(site, fleet).ListAsync().ToListAsync());
        Assert.Equal(0, await site.Messages.CountAsync($"{AzureSite.IngestQueue}-poison"));
    }

    [Fact]
    public async Task A_job_too_large_for_a_message_is_done_and_its_body_is_gone_afterwards()
    {
        await using var site = await AzureSite.OpenAsync(app);
        await using var fleet = await site.StartAsync(instances: 1);
        using var storage = AzureStorage.Open(new AzureStorageOptions { Accounts = [site.Start.Settings["Storage__Accounts"]] }, TimeProvider.System);
        var bodies = new BlobContainerClient(site.ConnectionString, "remotelog-jobs");
        await storage.Storage.Jobs.EnqueueAsync(Ingester.Queue, device.Write(A.Entry(200_000)), TimeSpan.Zero, CancellationToken.None);
        Assert.Single(await bodies.GetBlobsAsync().ToListAsync());
        var message = Assert.Single(await site.Messages.ReceiveAsync(AzureSite.IngestQueue, 1, TimeSpan.FromMinutes(1)));
        await site.Messages.SendAsync(AzureSite.IngestQueue, message.Text);

        Assert.Equal((1, 0), await fleet.PollAsync("Ingest"));

        Assert.Equal(200_000, (await site.ClientOf(fleet).HeadAsync(device)).Bytes);
        Assert.Empty(await bodies.GetBlobsAsync().ToListAsync());

        // Delivered once more, after its body went.
        site.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((1, 0), await fleet.PollAsync("Ingest"));
        Assert.Empty(await QuarantineOf(site, fleet).ListAsync().ToListAsync());
    }

    [Fact]
    public async Task What_only_looks_like_the_body_of_another_job_is_refused_like_any_other_nonsense()
    {
        await using var site = await AzureSite.OpenAsync(app);
        await using var fleet = await site.StartAsync(instances: 1);
        await SendAsync(site, "\0body:../remotelog-pages/somebody-else's"u8.ToArray());

        Assert.Equal((1, 0), await fleet.PollAsync("Ingest"));

        Assert.Equal("malformed-body", Assert.Single(await QuarantineOf(site, fleet).ListAsync().ToListAsync()).Reason);
    }

    private static IEnumerable<string> Numbers(int last) => Enumerable.Range(1, last).Select(n => $"{n}");

    private static Quarantine QuarantineOf(AzureSite site, Fleet fleet) => new(site.ClientOf(fleet), AzureSite.OperatorKey);

    /// <summary>As a gateway puts it on the queue.</summary>
    private static Task SendAsync(AzureSite site, byte[] segment) => site.Messages.SendAsync(AzureSite.IngestQueue, Convert.ToBase64String(segment));

    /// <summary>Until nothing is left on the queue; what failed comes again, ten minutes later at the most.</summary>
    private static async Task PollUntilDoneAsync(AzureSite site, Fleet fleet, string function, string queue)
    {
        for (var polls = 0; await site.Messages.CountAsync(queue) > 0; polls++)
        {
            Assert.InRange(polls, 0, 20);
            if (await fleet.PollAsync(function) == (0, 0)) site.Time.Advance(TimeSpan.FromMinutes(10));
        }
    }
}
