using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Azure.Storage.Blobs;
using RemoteLog.Functions.Host.Simulator;
using RemoteLog.Protocol;
using RemoteLog.Testing;

namespace RemoteLog.Functions.Host;

/// <summary>What clients meet when storage fails behind the service.</summary>
public sealed class AzureFaultTests(PublishedApp app)
{
    private readonly Device device = new();

    [Fact]
    public async Task Storage_out_of_reach_is_503_until_it_is_back_and_no_append_is_lost_or_doubled()
    {
        await using var site = await AzureSite.OpenAsync(app);
        await using var fleet = await site.StartAsync(instances: 2, site.Start with { Settings = new Dictionary<string, string>(site.Start.Settings) { ["Storage__PatienceSeconds"] = "2" } });
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 6).Select(_ => new LoadWriter(site.ClientOf(fleet))).ToList();
        var writing = writers.Select(writer => writer.WriteAsync(stop.Token)).ToList();
        await Task.WhenAll(writers.Select(writer => writer.AcknowledgedAsync(5)));

        // The service tries for a second or two before it gives up, which ends the outage.
        foreach (var line in site.Lines) line.Cut();
        var answers = await Task.WhenAll(AppendAsync(site, fleet), ReadHeadAsync(site, fleet), site.HttpOf(fleet).GetAsync("/api/health/ready"));
        foreach (var line in site.Lines) line.Mend();

        foreach (var answer in answers)
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.True(answer.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
            var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
            Assert.Equal("urn:remotelog:problem:storage-unavailable", problem.GetProperty("type").GetString());
        }

        await Task.WhenAll(writers.Select(writer => writer.AcknowledgedAsync(5)));
        await stop.CancelAsync();
        await Task.WhenAll(writing);
        foreach (var writer in writers)
        {
            await writer.CheckAsync(site.ClientOf(fleet));
            Assert.DoesNotContain(writer.Problems, problem => problem != "storage-unavailable");
        }
        foreach (var host in fleet.Hosts)
        {
            Assert.DoesNotContain(Assert.Single(host.Handler.Processes).Lines, line => line.Level == "Error");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_page_that_vanished_breaks_what_needs_it_and_nothing_else(int vanished)
    {
        await using var site = await AzureSite.OpenAsync(app);
        await using var fleet = await site.StartAsync(instances: 1);
        var (client, http) = (site.ClientOf(fleet), site.HttpOf(fleet));
        for (var n = 1; n <= 9; n++) await client.AppendAsync(device.Log, device.Write($"{n}"));
        await fleet.PollAsync("Seal");
        var pages = await PagesAsync(http);
        await new BlobContainerClient(site.ConnectionString, "remotelog-pages").DeleteBlobAsync($"{pages[vanished].Address}");

        // Before it has begun an answer says what is wrong; later it breaks off, which nobody takes for its end.
        if (vanished == 0)
        {
            using var answer = await http.GetAsync($"{device.Path}/entries?after=0");
            Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
            var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
            Assert.Equal("The stored log is damaged.", problem.GetProperty("detail").GetString());
        }
        else
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => http.GetByteArrayAsync($"{device.Path}/entries?after=0"));
        }

        // Once, and everything that does not need the page goes on.
        Assert.Equal(10, (await client.AppendAsync(device.Log, device.Write("10"))).Sequence);
        Assert.Equal((10, 8), ((await client.HeadAsync(device)).Sequence, (await client.HeadAsync(device)).Sealed));
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync($"{device.Path}/entries?after=8")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync($"/api/v1/content/{pages[1 - vanished].Address}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"/api/v1/content/{pages[vanished].Address}")).StatusCode);
        var process = fleet.Hosts[0].Handler.Processes.Single();
        await process.SaysAsync(line => line.Level == "Error");
        Assert.Contains("/entries", Assert.Single(process.Lines, line => line.Level == "Error").Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_clock_that_differs_from_storages_changes_nothing_for_anybody(int hoursBehind)
    {
        await using var site = await AzureSite.OpenAsync(app, TimeSpan.FromHours(hoursBehind));
        await using var fleet = await site.StartAsync(instances: 2);
        var client = site.ClientOf(fleet);
        var before = DateTimeOffset.UtcNow;

        for (var n = 1; n <= 4; n++) await client.AppendAsync(device.Log, device.Write($"{n}"));
        Assert.Equal((1, 0), await fleet.PollAsync("Seal"));

        // Times in what the service signs are its own.
        var head = await client.HeadAsync(device);
        Assert.InRange(head.Receipt!.Time, before.AddMilliseconds(-1), DateTimeOffset.UtcNow);
        Assert.True(head.Receipt!.Verify(device.Log, head.Sequence, head.Link));
        Assert.Equal(4, head.Sealed);
        Assert.Equal(["1", "2", "3", "4"], await client.ReadAsync(device));
    }

    private static Task<HttpResponseMessage> AppendAsync(AzureSite site, Fleet fleet)
    {
        var device = new Device();
        var body = new ByteArrayContent(device.Write("nobody hears this")) { Headers = { ContentType = new MediaTypeHeaderValue("application/x-protobuf") } };
        return site.HttpOf(fleet).PostAsync($"{device.Path}/segments", body);
    }

    private static Task<HttpResponseMessage> ReadHeadAsync(AzureSite site, Fleet fleet) => site.HttpOf(fleet).GetAsync(new Device().Path);

    private async Task<IReadOnlyList<PageRecord>> PagesAsync(HttpClient http)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{device.Path}/pages");
        request.Headers.Accept.ParseAdd("application/x-protobuf");
        using var answer = await http.SendAsync(request);
        return PageIndex.TryParse(await answer.Content.ReadAsByteArrayAsync(), out var index) ? index.Pages : throw new FormatException("Not a page index.");
    }
}
