using System.Text.Json;
using System.Text.RegularExpressions;

namespace RemoteLog.Infra.Tests;

public sealed partial class AlertTests
{
    private const string Template = "bicep/modules/alerts.bicep";

    [Fact]
    public void Each_alert_names_a_page_of_the_runbook_that_is_there()
    {
        var pages = Pages().Matches(Bicep.Read(Template)).Select(match => match.Groups[1].Value + match.Groups[2].Value).ToHashSet();
        var anchors = Anchors().Matches(Repository.Read("infra/README.md")).Select(match => match.Groups[1].Value).ToHashSet();

        Assert.Superset(new HashSet<string> { "poison", "quarantine", "errors", "append-latency", "hint-age", "throttled", "postage" }, pages);
        Assert.All(pages.Append("budget").Append("not-ready").Append("pipeline"), page => Assert.Contains(page, anchors));
    }

    [Theory]
    [InlineData("src/RemoteLog.Server/Ingest/Ingester.cs", "Quarantined a message")]
    [InlineData("src/RemoteLog.Functions/Operations/JobPump.cs", "kept failing and was set aside")]
    public void Alerts_look_for_words_that_the_service_writes(string source, string words)
    {
        Assert.Contains(words, Bicep.Read(Template), StringComparison.Ordinal);
        Assert.Contains(words, Repository.Read(source), StringComparison.Ordinal);
    }

    [Fact]
    public void The_appends_that_are_timed_are_those_of_the_function_that_takes_them()
    {
        var function = Regex.Match(Bicep.Read(Template), @"AppRequests \| where Name == ""(\w+)""").Groups[1].Value;

        Assert.Contains("v1/logs/{owner}/{topic}/segments", Repository.Read($"src/RemoteLog.Functions/Triggers/{function}/function.json"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_workbook_is_one_that_Azure_can_show()
    {
        var workbook = JsonDocument.Parse(Repository.Read("infra/workbook.json")).RootElement;

        Assert.Equal("Notebook/1.0", workbook.GetProperty("version").GetString());
        var queries = workbook.GetProperty("items").EnumerateArray().Where(item => item.GetProperty("type").GetInt32() == 3).ToList();
        Assert.All(queries, item => Assert.Equal("range", item.GetProperty("content").GetProperty("timeContextFromParameter").GetString()));
        Assert.Distinct(workbook.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("name").GetString()).Where(name => name != "text"));
    }

    [Fact]
    public void Alerts_and_workbook_go_by_metrics_that_the_service_has()
    {
        var used = Metrics().Matches(Bicep.Read(Template) + Repository.Read("infra/workbook.json")).Select(match => match.Groups[1].Value).Distinct().ToList();
        var telemetry = Repository.Read("docs/telemetry.md");

        Assert.Superset(new HashSet<string> { "remotelog.wake.age", "remotelog.push.unauthorized", "remotelog.swarm.batch.life", "remotelog.quarantine" }, used.ToHashSet());
        Assert.All(used, metric => Assert.Contains($"| `{metric}", telemetry, StringComparison.Ordinal));
        Assert.All(used.Where(metric => !metric.EndsWith('.')), metric => Assert.Contains($"| `{metric}` |", telemetry, StringComparison.Ordinal));
    }

    [Fact]
    public void The_runbook_leaves_the_list_of_metrics_to_the_telemetry_page_and_names_none_that_is_not_on_it()
    {
        var (runbook, telemetry) = (Repository.Read("infra/README.md"), Repository.Read("docs/telemetry.md"));

        Assert.Contains("(../docs/telemetry.md#metrics)", runbook, StringComparison.Ordinal);
        Assert.DoesNotContain("| `remotelog.appends` |", runbook, StringComparison.Ordinal);
        var named = Named().Matches(runbook).Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(named);
        Assert.All(named, metric => Assert.Contains($"| `{metric}", telemetry, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"page: '([\w-]+)'|\$\{runbook\}#([\w-]+)")]
    private static partial Regex Pages();

    [GeneratedRegex(@"<a id=""([\w-]+)"">")]
    private static partial Regex Anchors();

    [GeneratedRegex(@"Name (?:==|startswith) \\?[""'](remotelog\.[\w.]+)")]
    private static partial Regex Metrics();

    [GeneratedRegex(@"`(remotelog\.[a-z]+\.[a-z.]*[a-z.])…?`")]
    private static partial Regex Named();
}
