using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using RemoteLog.Functions;
using RemoteLog.Functions.Operations;
using RemoteLog.Server.Ingest;
using RemoteLog.Server.Storage;
using RemoteLog.Storage.Azure;
using RemoteLog.Testing;

namespace RemoteLog.Infra.Tests;

/// <summary>The roles that the templates give to the service cover each call it makes to storage, and none is there for nothing.</summary>
public sealed partial class AccessTests
{
    private const string Template = "bicep/modules/access.bicep";

    /// <summary>What a role allows on data: service and method. Deleting or updating a message is what processing it takes.</summary>
    private static readonly Dictionary<string, string[]> Allows = new()
    {
        ["blobReader"] = ["blob GET", "blob HEAD"],
        ["blobContributor"] = ["blob GET", "blob HEAD", "blob PUT", "blob POST", "blob DELETE"],
        ["queueReader"] = ["queue HEAD"],
        ["queueSender"] = ["queue POST"],
        ["queueContributor"] = ["queue GET", "queue HEAD", "queue POST", "queue PUT", "queue DELETE"],
        ["tableReader"] = ["table GET"],
        ["tableContributor"] = ["table GET", "table POST", "table PUT", "table MERGE", "table PATCH", "table DELETE"],
    };

    [Fact]
    public async Task The_roles_of_the_service_cover_each_call_it_makes_to_storage()
    {
        var calls = await CallsAsync();

        var roles = Roles("onData", "service");
        Assert.All(calls, call => Assert.Contains(roles, role => Allows[role].Contains(call)));
        Assert.All(roles, role => Assert.Contains(calls, call => Allows[role].Contains(call)));
    }

    [Fact]
    public async Task Reading_alone_would_not_do()
    {
        var calls = await CallsAsync();

        foreach (var (role, less) in new[] { ("blobContributor", "blobReader"), ("queueContributor", "queueSender"), ("tableContributor", "tableReader") })
        {
            Assert.Contains(calls, call => Allows[role].Contains(call) && !Allows[less].Contains(call));
        }
    }

    [Fact]
    public void Operators_may_look_at_data_and_change_none() =>
        Assert.Equal(["blobReader", "queueReader", "tableReader"], Roles("onData", "operators").Order());

    [Fact]
    public void A_gateway_may_put_segments_on_its_queue_and_do_nothing_else()
    {
        Assert.Equal(["queueSender"], Roles("onIngestQueue", "gateways"));
        Assert.DoesNotContain("gateways", Table("onData"), StringComparison.Ordinal);
        Assert.Contains($"var ingestQueue = 'remotelog-{Ingester.Queue}'", Bicep.Read("bicep/modules/names.bicep"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_service_reads_secrets_and_sets_none() => Assert.Equal(["secretsUser"], Roles("onVault", "service"));

    private static string Table(string scope) =>
        Regex.Match(Bicep.Read(Template), $@"var {scope} = each\(\[(.*?)\]\)", RegexOptions.Singleline).Groups[1].Value;

    private static List<string> Roles(string scope, string to)
    {
        var roles = Grant().Matches(Table(scope)).Where(grant => grant.Groups[1].Value == to).Select(grant => grant.Groups[2].Value).ToList();
        Assert.NotEmpty(roles);
        return roles;
    }

    /// <summary>A day of the service on the emulator: what it asks of storage, by service and method, as it counts that itself.</summary>
    private static async Task<IReadOnlyCollection<string>> CallsAsync()
    {
        var token = TestContext.Current.CancellationToken;
        ConcurrentDictionary<string, int> calls = [];
        await using var emulator = await AzuriteProcess.StartAsync();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == AzureStorage.MeterName && instrument.Name == "remotelog.storage.operations") self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            var values = tags.ToArray().ToDictionary(tag => tag.Key, tag => $"{tag.Value}");
            calls.TryAdd($"{values["service"]} {values["method"]}", 0);
        });

        // What creates tables, containers and queues takes no part: in a deployment the templates do that.
        await using var app = RemoteLogApp.Build(
            ["--urls", "http://127.0.0.1:0", "--Storage:Accounts", emulator.ConnectionString, "--Pages:Entries", "2", "--Pages:EmbedBytes", "100",
                "--Triggers:PollMilliseconds", "600000", "--Logging:LogLevel:Default", "Critical"]);
        await app.StartAsync(token);
        listener.Start();

        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        var device = new Device();
        foreach (var message in new[] { "one", "two", new string('x', 500), "four" })
        {
            var body = new ByteArrayContent(device.Write(message)) { Headers = { ContentType = new MediaTypeHeaderValue("application/x-protobuf") } };
            (await http.PostAsync($"{device.Path}/segments", body, token)).EnsureSuccessStatusCode();
        }
        var jobs = app.Services.GetRequiredService<LogStorage>().Jobs;
        await jobs.EnqueueAsync(Ingester.Queue, "not a segment"u8.ToArray(), TimeSpan.Zero, token);
        await app.Services.GetRequiredService<JobPump>().PumpAsync(token);
        (await http.GetAsync($"{device.Path}/entries?after=0", token)).EnsureSuccessStatusCode();
        await app.Services.GetRequiredService<RemoteLog.Functions.Operations.Triggers>().SweepAsync(token);
        return [.. calls.Keys];
    }

    [GeneratedRegex(@"to: (\w+), role: (\w+)")]
    private static partial Regex Grant();
}
