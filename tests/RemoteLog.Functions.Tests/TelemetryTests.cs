using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using RemoteLog.Functions.Operations;
using RemoteLog.Server.Storage;
using RemoteLog.Testing;

namespace RemoteLog.Functions.Tests;

/// <summary>What the service tells those who operate it, and what it keeps to itself.</summary>
public sealed partial class TelemetryTests : IDisposable
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736", TraceParent = $"00-{TraceId}-00f067aa0ba902b7-01";

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string[] Settings => ["--urls", "http://127.0.0.1:0", "--Data:Folder", folder.Path];

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_documentation_lists_every_instrument_with_its_kind_and_unit_and_no_other()
    {
        var instruments = new ConcurrentDictionary<string, string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (!instrument.Meter.Name.StartsWith("RemoteLog.", StringComparison.Ordinal)) return;
                var kind = instrument.GetType().Name.Split('`')[0].Replace("Observable", "", StringComparison.Ordinal).ToLowerInvariant();
                instruments[instrument.Name] = $"| `{instrument.Name}` | {instrument.Meter.Name} | {kind} | `{instrument.Unit}` |";
            },
        };
        listener.Start();

        await using (var service = await TestService.StartAsync(
            "--Push:Vapid:Subject", "mailto:ops@logs.example", "--Swarm:Nodes", "http://127.0.0.1:1", "--Swarm:Batches", new string('1', 64)))
        await using (RemoteLogApp.Build(["--Storage:Accounts", "UseDevelopmentStorage=true", "--Data:Folder", folder.Path]))
        {
            await service.GetAsync("/api/health/ready");
        }

        var documented = File.ReadLines(DocumentPath()).Select(line => Row().Match(line)).Where(match => match.Success).Select(match => match.Value);
        Assert.Equal(instruments.Values.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Appends_and_refusals_are_counted()
    {
        await using var service = await TestService.StartAsync("--Pages:Entries", "3");
        using var measured = new Measured(service);
        var device = new Device();

        await service.AppendAsync(device, device.Write("one", "two"));
        await service.AppendAsync(device, device.Write("three"));
        await service.AppendAsync(device, A.Bytes(10));
        device.Write("never sent");
        await service.AppendAsync(device, device.Write("too early"));
        await service.GetAsync("/nowhere");

        Assert.Equal(2, measured.Sum("remotelog.appends"));
        Assert.Equal(3, measured.Sum("remotelog.entries"));
        Assert.Equal("onetwothree".Length, measured.Sum("remotelog.bytes"));
        Assert.Equal([2.0, 3.0], measured.Of("remotelog.tail.length").Select(each => each.Value));
        Assert.Equal(2, measured.Of("remotelog.append.duration").Count());
        Assert.Equal(
            ["reason=malformed-body", "reason=gap", "reason=not-found"],
            measured.Of("remotelog.refused").Select(each => string.Join(' ', each.Tags.Select(tag => $"{tag.Key}={tag.Value}"))));
    }

    [Fact]
    public async Task A_segment_sent_again_is_not_counted_again()
    {
        await using var service = await TestService.StartAsync();
        using var measured = new Measured(service);
        var device = new Device();
        var segment = device.Write("one");

        await service.AppendAsync(device, segment);
        Assert.Equal(HttpStatusCode.OK, (await service.AppendAsync(device, segment)).StatusCode);

        Assert.Equal(1, measured.Sum("remotelog.appends"));
    }

    [Fact]
    public async Task Sealing_and_the_sweep_are_measured()
    {
        await using var service = await TestService.StartAsync("--Pages:Entries", "2");
        using var measured = new Measured(service);
        var device = new Device();
        var storage = service.Services.GetRequiredService<LogStorage>();
        await storage.Jobs.EnqueueAsync("seal-poison", "x"u8.ToArray(), TimeSpan.Zero, Ct);
        await storage.Quarantine.AddAsync("y"u8.ToArray(), null, "malformed-body", A.Moment, Ct);

        await service.AppendAsync(device, device.Write("one", "two"));
        var triggers = service.Services.GetRequiredService<Triggers>();
        await triggers.SealAsync(Encoding.ASCII.GetBytes($"{device.Log}"), Ct);
        await triggers.SweepAsync(Ct);

        Assert.NotEmpty(measured.Of("remotelog.seal.lag"));
        Assert.Contains(measured.Of("remotelog.queue.depth"), each => each.Value == 1 && Equals(each.Tags[0].Value, "seal-poison"));
        Assert.Contains(measured.Of("remotelog.queue.depth"), each => each.Value == 0 && Equals(each.Tags[0].Value, "segments-poison"));
        Assert.Contains(measured.Of("remotelog.quarantine"), each => each.Value == 1);
    }

    [Fact]
    public async Task Requests_that_wait_are_counted_while_they_wait()
    {
        await using var service = await TestService.StartAsync();
        using var measured = new Measured(service);
        var device = new Device();
        var head = await service.AppendAsync(device, device.Write("one"));
        var waiting = service.GetAsync(device.Path + "?wait=60", ("Accept", TestService.Protobuf), ("If-None-Match", head.Headers.ETag!.Tag));
        while (measured.Read("remotelog.wait.slots") == 0) await Task.Yield();

        await service.AppendAsync(device, device.Write("two"));
        await waiting;

        while (measured.Read("remotelog.wait.slots") > 0) await Task.Yield();
        Assert.Equal(HttpStatusCode.OK, (await waiting).StatusCode);
    }

    [Fact]
    public async Task No_measurement_tells_one_log_from_another()
    {
        await using var service = await TestService.StartAsync("--Pages:Entries", "1");
        using var measured = new Measured(service);
        var device = new Device();

        await service.AppendAsync(device, device.Write("one"));
        await service.AppendAsync(device, A.Bytes(10));
        await service.GetAsync(device.Path);
        await service.GetAsync(device.Path + "/entries");

        Assert.NotEmpty(measured.All);
        Assert.All(measured.All.SelectMany(each => each.Tags), tag => Assert.Contains(tag.Key, (string[])["reason", "queue"]));
        Assert.DoesNotContain(measured.All.SelectMany(each => each.Tags), tag => $"{tag.Value}".Contains(device.Log.Owner.Name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_callers_trace_goes_on_to_storage()
    {
        await using var storage = await FakeServer.StartAsync(context =>
            context.Response.StatusCode = HttpMethod(context) == "GET" ? StatusCodes.Status404NotFound : StatusCodes.Status201Created);
        await using var collector = await FakeServer.StartAsync(_ => { });
        string EndpointOf(string service) => $"{service}Endpoint={storage.Address}devstoreaccount1";
        using var service = await ServiceProcess.StartAsync(
            [.. Settings, "--Storage:Accounts", $"AccountName=devstoreaccount1;{EndpointOf("Blob")};{EndpointOf("Queue")};{EndpointOf("Table")}"],
            Exporting(collector));
        using var http = new HttpClient { BaseAddress = service.Address };

        await http.SendAsync(Traced(new Device().Path), Ct);

        var table = Assert.Single(storage.Requests, request => request.Path.Contains("RowKey='head'", StringComparison.Ordinal));
        Assert.StartsWith($"00-{TraceId}-", table.TraceParent);
        Assert.Equal(0, await service.InterruptAsync());
        Assert.Contains(collector.Requests, request => request.Path == "/v1/traces" && Has(request.Body, "Azure.Core.Http"));
    }

    [Fact]
    public async Task Traces_and_metrics_are_exported_where_the_environment_says()
    {
        await using var collector = await FakeServer.StartAsync(_ => { });
        using var service = await ServiceProcess.StartAsync(Settings, Exporting(collector));
        using var http = new HttpClient { BaseAddress = service.Address };
        var device = new Device();

        await http.PostAsync(device.Path + "/segments", new ByteArrayContent(device.Write("one")) { Headers = { ContentType = new(TestService.Protobuf) } }, Ct);
        await http.SendAsync(Traced(device.Path), Ct);
        Assert.Equal(0, await service.InterruptAsync());

        var traces = collector.Requests.Where(request => request.Path == "/v1/traces").ToList();
        Assert.Contains(traces, request => request.Body.AsSpan().IndexOf(Convert.FromHexString(TraceId)) >= 0);
        Assert.Contains(collector.Requests, request => request.Path == "/v1/metrics" && Has(request.Body, "remotelog.appends") && Has(request.Body, "remotelog"));
    }

    [Fact]
    public async Task Without_an_endpoint_OpenTelemetry_is_not_even_loaded()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Asks Linux what a process has loaded.");
        await using var collector = await FakeServer.StartAsync(_ => { });
        using var without = await ServiceProcess.StartAsync(Settings);
        using var elsewhere = new TemporaryFolder();
        using var with = await ServiceProcess.StartAsync(["--urls", "http://127.0.0.1:0", "--Data:Folder", elsewhere.Path], Exporting(collector));

        Assert.DoesNotContain("OpenTelemetry", await File.ReadAllTextAsync($"/proc/{without.Id}/maps", Ct), StringComparison.Ordinal);
        Assert.Contains("OpenTelemetry", await File.ReadAllTextAsync($"/proc/{with.Id}/maps", Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_no_terminal_is_each_event_is_a_line_of_json_with_the_trace_it_belongs_to()
    {
        using var service = await ServiceProcess.StartAsync(Settings);
        using var http = new HttpClient { BaseAddress = service.Address };
        var device = new Device();
        var backup = device.RestoreFromBackup();
        Task<HttpResponseMessage> SendAsync(byte[] segment) => http.SendAsync(
            new HttpRequestMessage(System.Net.Http.HttpMethod.Post, device.Path + "/segments")
            {
                Content = new ByteArrayContent(segment) { Headers = { ContentType = new(TestService.Protobuf) } },
                Headers = { { "traceparent", TraceParent } },
            },
            Ct);
        await SendAsync(device.Write("one"));
        Assert.Equal(HttpStatusCode.Conflict, (await SendAsync(backup.Write("another one"))).StatusCode);

        var lines = (await service.FinishAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !Greeting().IsMatch(line)).ToList();

        var events = lines.Select(line => JsonDocument.Parse(line).RootElement).ToList();
        var fork = events.First(each => each.GetProperty("Message").GetString()!.StartsWith("Refused a second history", StringComparison.Ordinal));
        Assert.Equal("Warning", fork.GetProperty("LogLevel").GetString());
        Assert.Contains(fork.GetProperty("Scopes").EnumerateArray(), scope => scope.TryGetProperty("TraceId", out var trace) && trace.GetString() == TraceId);
    }

    [Fact]
    public async Task An_endpoint_that_is_none_is_refused_by_its_name()
    {
        var (exitCode, error) = await ServiceProcess.FailAsync([.. Settings, "--OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317"]);

        Assert.Equal(1, exitCode);
        Assert.Contains("OTEL_EXPORTER_OTLP_ENDPOINT is no address", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public async Task A_receiver_that_is_away_keeps_nobody_waiting_but_the_export()
    {
        using var service = await ServiceProcess.StartAsync([.. Settings, "--OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"]);
        using var http = new HttpClient { BaseAddress = service.Address };

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/api/health/ready", Ct)).StatusCode);
        Assert.Equal(0, await service.InterruptAsync());
    }

    [Fact]
    public async Task A_format_that_there_is_not_is_refused()
    {
        var (exitCode, error) = await ServiceProcess.FailAsync([.. Settings, "--Logging:Console:FormatterName", "xml"]);

        Assert.Equal(1, exitCode);
        Assert.Contains("simple or json", error, StringComparison.Ordinal);
    }

    private static string HttpMethod(HttpContext context) => context.Request.Method;

    private static HttpRequestMessage Traced(string path) => new(System.Net.Http.HttpMethod.Get, path) { Headers = { { "traceparent", TraceParent } } };

    private static Dictionary<string, string> Exporting(FakeServer collector) => new()
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address.ToString(),
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
    };

    private static bool Has(byte[] body, string text) => body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;

    private static string DocumentPath([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "docs", "telemetry.md"));

    [GeneratedRegex(@"^\| `remotelog\.[a-z.]+` \| [A-Za-z.]+ \| [a-z]+ \| `[^`]+` \|")]
    private static partial Regex Row();

    [GeneratedRegex("^(RemoteLog listens on|Data is in)")]
    private static partial Regex Greeting();

    /// <summary>What one service measures, told apart from others in this process by who made its meters.</summary>
    private sealed class Measured : IDisposable
    {
        private readonly MeterListener listener = new();
        private readonly ConcurrentQueue<(string Name, double Value, KeyValuePair<string, object?>[] Tags)> measurements = new();

        public Measured(TestService service)
        {
            var own = service.Services.GetRequiredService<IMeterFactory>();
            listener.InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Scope == own && instrument.Meter.Name.StartsWith("RemoteLog.", StringComparison.Ordinal)) self.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => measurements.Enqueue((instrument.Name, value, tags.ToArray())));
            listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => measurements.Enqueue((instrument.Name, value, tags.ToArray())));
            listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => measurements.Enqueue((instrument.Name, value, tags.ToArray())));
            listener.Start();
        }

        public IReadOnlyList<(string Name, double Value, KeyValuePair<string, object?>[] Tags)> All => [.. measurements];

        public IEnumerable<(string Name, double Value, KeyValuePair<string, object?>[] Tags)> Of(string name) => measurements.Where(each => each.Name == name);

        public double Sum(string name) => Of(name).Sum(each => each.Value);

        /// <summary>What an instrument that is asked says now.</summary>
        public double Read(string name)
        {
            listener.RecordObservableInstruments();
            return Of(name).Last().Value;
        }

        public void Dispose() => listener.Dispose();
    }
}
