using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using FsCheck;
using FsCheck.Fluent;

namespace RemoteLog.Cli.Tests;

/// <summary>Somebody plans: what will it cost.</summary>
public sealed class CostTests : IDisposable
{
    private static readonly string[] Hosts = ["functions", "containers"], Stores = ["blob", "swarm", "both"], Modes = ["all-embedded", "none-embedded", "one-entry"];

    private static readonly (string Option, int Least)[] Growing =
        [("--devices", 50), ("--messages", 5), ("--bytes", 40), ("--followers", 0), ("--reads", 1), ("--retention", 30), ("--hints", 0)];

    private readonly Shell shell = new("http://127.0.0.1:1");

    public void Dispose() => shell.Dispose();

    [Fact]
    public async Task A_small_example_costs_what_is_reckoned_by_hand()
    {
        // 100,000 devices, 1 message of 962 bytes a day, 2 in a segment, 1 reader that asks once a day: 365/12 days a month.
        var bill = await BillAsync(
            "--devices", "100000", "--messages", "1", "--bytes", "962", "--batch", "2", "--followers", "1", "--reads", "1", "--retention", "30", "--memory", "512",
            "--hints", "1");

        const double Days = 365 / 12.0, Messages = 100_000 * Days, Appends = Messages / 2, Reads = 100_000 * Days;
        const double PageBytes = 962 + 38.66, Entries = 65_536 / PageBytes, Pages = Messages / Entries;

        // An append is a transaction and, not more often than once a day and device, a read; a page is two transactions, a read one, and a page read one more.
        // Each append is a hint of its own: a message and its job, with two reads, and for the one reader another job, two reads and two transactions.
        AssertCharge(bill, "table-transactions", Appends + Appends + (2 * Pages) + Reads + Pages + (2 * Appends) + (4 * Appends), 0.00036 / 10_000);
        AssertCharge(bill, "queue-operations", (3 * Pages) + (3 * Appends) + (3 * Appends), 0.004 / 10_000);
        AssertCharge(bill, "blob-writes", Pages, 0.05 / 10_000);
        AssertCharge(bill, "blob-reads", Pages, 0.004 / 10_000);
        AssertCharge(bill, "blob-stored", 100_000 * 30 * PageBytes / (1024 * 1024 * 1024), 0.0184);
        AssertCharge(bill, "functions-executions", Appends + Reads + Pages + (2 * Appends) + (Days * 24 * 12), 0.40 / 1_000_000, free: 250_000);
        AssertCharge(bill, "data-out", Messages * PageBytes / (1024 * 1024 * 1024), 0.087, free: 100);
        Assert.Equal(bill.GetProperty("meters").EnumerateArray().Sum(meter => meter.GetProperty("dollars").GetDouble()), bill.GetProperty("total").GetDouble(), 9);
    }

    [Fact]
    public async Task One_lonely_request_a_minute_is_billed_a_second_each()
    {
        // 43,800 appends a month, nobody reads: the instance is woken for a second by nearly each, and by each sweep.
        var bill = await BillAsync("--devices", "1", "--messages", "1440", "--followers", "0", "--hints", "0", "--memory", "2048", "--bytes", "1");

        var seconds = Meter(bill, "functions-compute").GetProperty("quantity").GetDouble() / 2;
        Assert.InRange(seconds, (43_800 * 0.99) + 8_760, (43_800 * 1.01) + 8_760);
    }

    [Fact]
    public async Task An_entry_a_page_is_sealed_for_each_message()
    {
        var bill = await BillAsync("--mode", "one-entry", "--devices", "1000", "--messages", "12");

        Assert.Equal(365_000, Meter(bill, "blob-writes").GetProperty("quantity").GetDouble(), 6);
    }

    [Fact]
    public async Task A_follower_costs_what_waking_it_takes_and_no_more_than_it_is_woken()
    {
        // 1000 devices append 24 times a day each; of the 24 pieces of news for a reader 20 join one of its 4 hints.
        string[] traffic = ["--devices", "1000", "--messages", "24", "--reads", "0", "--hints", "4"];
        double Queues(JsonElement bill) => Meter(bill, "queue-operations").GetProperty("quantity").GetDouble();
        double Tables(JsonElement bill) => Meter(bill, "table-transactions").GetProperty("quantity").GetDouble();

        var (one, two) = (await BillAsync([.. traffic, "--followers", "1"]), await BillAsync([.. traffic, "--followers", "2"]));

        const double Days = 365 / 12.0;
        Assert.Equal(1000 * Days * 4 * 3, Queues(two) - Queues(one), 3);
        Assert.Equal(1000 * Days * ((4 * 4) + (20 * 2)), Tables(two) - Tables(one), 3);
    }

    [Fact]
    public async Task Copies_in_Swarm_cost_a_job_a_page_and_the_mirror_one_an_append()
    {
        string[] traffic = ["--devices", "1000", "--messages", "24", "--followers", "0", "--bytes", "1"];
        double Executions(JsonElement bill) => Meter(bill, "functions-executions").GetProperty("quantity").GetDouble();

        var (blob, both, swarm) = (await BillAsync([.. traffic, "--store", "blob"]), await BillAsync([.. traffic, "--store", "both"]), await BillAsync([.. traffic, "--store", "swarm"]));

        const double Appends = 1000 * 24 * 365 / 12.0;
        Assert.Equal(Appends, Executions(swarm) - Executions(blob), 3);
        Assert.Equal(Appends / 256, Executions(both) - Executions(swarm), 3);
        Assert.Equal(Meter(blob, "blob-writes").GetProperty("quantity").GetDouble(), Meter(both, "blob-writes").GetProperty("quantity").GetDouble(), 3);
        Assert.True(Meter(both, "swarm-bzz").GetProperty("quantity").GetDouble() > 0);
    }

    [Theory]
    [InlineData(0, "blob", 3)]
    [InlineData(1, "blob", 8)]
    [InlineData(0, "both", 5)]
    [InlineData(1, "both", 9)]
    public async Task A_replica_that_looks_at_its_queues_every_second_pays_for_each_look(int hints, string store, int queues)
    {
        var bill = await BillAsync(
            "--host", "containers", "--poll", "1000", "--devices", "1", "--messages", "0.01", "--replicas", "1", "--hints", Text(hints), "--followers", "0", "--store", store);

        Assert.InRange(Meter(bill, "queue-operations").GetProperty("quantity").GetDouble(), queues * 2_628_000, (queues * 2_628_000) + 3);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(9, "--Swarm:Nodes", "http://127.0.0.1:1", "--Swarm:Batches", "0000000000000000000000000000000000000000000000000000000000000001")]
    public async Task Those_are_the_queues_that_the_service_looks_at(int queues, params string[] settings)
    {
        await using var service = await Service.StartAsync(settings);

        Assert.Equal(queues, service.Get<RemoteLog.Functions.Operations.JobPump>().Queues.Count);
    }

    [Fact]
    public async Task All_hosts_stores_and_modes_are_compared_and_the_chosen_one_agrees()
    {
        foreach (var (host, store, mode) in from host in Hosts from store in Stores from mode in Modes select (host, store, mode))
        {
            var bill = await BillAsync("--host", host, "--store", store, "--mode", mode);

            var alternatives = bill.GetProperty("alternatives").EnumerateArray().ToList();
            Assert.Equal(18, alternatives.Count);
            var same = Assert.Single(alternatives, each => each.GetProperty("host").GetString() == host && each.GetProperty("store").GetString() == store
                && each.GetProperty("mode").GetString() == mode);
            Assert.Equal(bill.GetProperty("total").GetDouble(), same.GetProperty("total").GetDouble(), 9);
        }
    }

    [Fact]
    public async Task Every_price_has_a_date_a_source_and_says_whether_it_is_confirmed()
    {
        foreach (var (host, store) in from host in Hosts from store in Stores select (host, store))
        {
            foreach (var meter in (await BillAsync("--host", host, "--store", store)).GetProperty("meters").EnumerateArray())
            {
                Assert.True(DateOnly.TryParseExact(meter.GetProperty("date").GetString(), "yyyy-MM-dd", out var date) && date.Year >= 2025, $"{meter}");
                Assert.True(meter.GetProperty("source").GetString()!.Length > 20, $"{meter}");
                Assert.Contains(meter.GetProperty("confirmed").ValueKind, (JsonValueKind[])[JsonValueKind.True, JsonValueKind.False]);
            }
        }
    }

    [Fact]
    public async Task What_is_not_confirmed_is_marked_and_told_below()
    {
        foreach (var (host, store) in from host in Hosts from store in Stores select (host, store))
        {
            string[] arguments = ["--host", host, "--store", store];
            var unconfirmed = (await BillAsync(arguments)).GetProperty("meters").EnumerateArray()
                .Where(meter => !meter.GetProperty("confirmed").GetBoolean()).Select(meter => meter.GetProperty("meter").GetString()!).ToList();
            var lines = (await shell.SucceedAsync(["cost", .. arguments])).Split('\n');

            Assert.NotEmpty(unconfirmed);
            Assert.All(unconfirmed, meter => Assert.Contains(lines, line => line.StartsWith("  " + meter, StringComparison.Ordinal) && line.EndsWith(" *", StringComparison.Ordinal)));
            Assert.All(unconfirmed, meter => Assert.Contains(lines, line => line.StartsWith($"* unconfirmed: {meter},", StringComparison.Ordinal)));
            Assert.Equal(unconfirmed.Count, lines.Count(line => line.EndsWith(" *", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task The_knob_that_matters_most_comes_first_and_its_change_is_what_turning_it_costs()
    {
        var bill = await BillAsync();
        var knobs = bill.GetProperty("knobs").EnumerateArray().ToList();
        var first = knobs[0];

        var doubled = await BillAsync($"--{first.GetProperty("name").GetString()}", Text(2 * first.GetProperty("value").GetDouble()));

        Assert.Equal(first.GetProperty("doubled").GetDouble(), doubled.GetProperty("total").GetDouble() - bill.GetProperty("total").GetDouble(), 6);
        var weights = knobs.Select(knob => Math.Max(Math.Abs(knob.GetProperty("halved").GetDouble()), Math.Abs(knob.GetProperty("doubled").GetDouble()))).ToList();
        Assert.Equal(weights.OrderDescending(), weights);
    }

    [Fact]
    public void More_of_anything_that_devices_do_never_costs_less() =>
        Prop.ForAll(Gen.Choose(0, 6).Zip(Gen.Choose(1, 400)).Zip(Gen.Choose(0, 17)).ToArbitrary(), drawn =>
        {
            var ((knob, more), setup) = drawn;
            var (option, least) = Growing[knob];
            string[] way = ["--host", Hosts[setup % 2], "--store", Stores[setup / 2 % 3], "--mode", Modes[setup / 6]];

            var less = Total([.. way, option, Text(least + more)]);
            var most = Total([.. way, option, Text(least + more + (more * 3))]);

            return most >= less - 1e-9;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void More_messages_in_a_segment_never_cost_more() =>
        Prop.ForAll(Gen.Choose(1, 200).Zip(Gen.Choose(0, 5)).ToArbitrary(), drawn =>
        {
            var (batch, setup) = drawn;
            string[] way = ["--host", Hosts[setup % 2], "--mode", Modes[setup / 2], "--devices", "5000"];

            return Total([.. way, "--batch", Text(batch * 2)]) <= Total([.. way, "--batch", Text(batch)]) + 1e-9;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task The_plot_is_an_svg_with_named_axes_and_a_line_for_each_name()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "cost.svg");

        await shell.SucceedAsync("cost", "--svg", file);

        var svg = XDocument.Load(file).Root!;
        Assert.Equal(XName.Get("svg", "http://www.w3.org/2000/svg"), svg.Name);
        var texts = svg.Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value).ToList();
        Assert.Contains("devices", texts);
        Assert.Contains("US dollars a month", texts);
        Assert.Contains("Functions, all embedded", texts);
        var lines = svg.Descendants().Where(element => element.Name.LocalName == "polyline").ToList();
        Assert.Equal(8, lines.Count);
        var size = svg.Attribute("viewBox")!.Value.Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToList();
        Assert.All(lines.SelectMany(line => line.Attribute("points")!.Value.Split(' ')), point =>
        {
            var (x, y) = (double.Parse(point.Split(',')[0], CultureInfo.InvariantCulture), double.Parse(point.Split(',')[1], CultureInfo.InvariantCulture));
            Assert.True(x >= 0 && x <= size[2] && y >= 0 && y <= size[3], point);
        });
    }

    [Theory]
    [InlineData("--devices", "0")]
    [InlineData("--devices", "many")]
    [InlineData("--bytes", "-1")]
    [InlineData("--memory", "1000")]
    [InlineData("--mode", "half-embedded")]
    [InlineData("--retention", "NaN")]
    public async Task What_makes_no_sense_is_refused_by_name(string option, string value)
    {
        var outcome = await shell.RunAsync("cost", option, value);

        Assert.Equal((ExitCode.Usage, ""), (outcome.Code, outcome.Text));
        Assert.Contains(value, outcome.Error);
    }

    [Fact]
    public async Task The_documented_prices_are_those_of_the_calculator()
    {
        var documented = await File.ReadAllTextAsync(DocumentPath(), TestContext.Current.CancellationToken);

        foreach (var (host, store) in from host in Hosts from store in Stores select (host, store))
        {
            foreach (var meter in (await BillAsync("--host", host, "--store", store)).GetProperty("meters").EnumerateArray())
            {
                var (name, price) = (meter.GetProperty("meter").GetString(), meter.GetProperty("price").GetDecimal());
                var mark = meter.GetProperty("confirmed").GetBoolean() ? "" : " *unconfirmed*";
                Assert.Contains($"| {name}{mark} | ${price} ", documented, StringComparison.Ordinal);
            }
        }
    }

    private static string DocumentPath([System.Runtime.CompilerServices.CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "docs", "cost.md"));

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);

    private static JsonElement Meter(JsonElement bill, string id) => bill.GetProperty("meters").EnumerateArray().Single(meter => meter.GetProperty("id").GetString() == id);

    private static void AssertCharge(JsonElement bill, string id, double quantity, double price, double free = 0)
    {
        var meter = Meter(bill, id);
        Assert.Equal(quantity, meter.GetProperty("quantity").GetDouble(), quantity * 1e-9);
        Assert.Equal(Math.Max(0, quantity - free) * price, meter.GetProperty("dollars").GetDouble(), 1e-6);
    }

    private async Task<JsonElement> BillAsync(params string[] arguments) => JsonDocument.Parse(await shell.SucceedAsync(["cost", "--json", .. arguments])).RootElement;

    /// <summary>For properties, which do not wait; nothing here does.</summary>
    private double Total(string[] arguments) => BillAsync(arguments).GetAwaiter().GetResult().GetProperty("total").GetDouble();
}
