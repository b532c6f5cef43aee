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
    public void Alerts_and_workbook_go_by_metrics_whose_names_the_runbook_explains()
    {
        var used = Metrics().Matches(Bicep.Read(Template) + Repository.Read("infra/workbook.json")).Select(match => match.Groups[1].Value).Distinct().ToList();
        var runbook = Repository.Read("infra/README.md");

        Assert.NotEmpty(used);
        Assert.All(used, metric => Assert.Contains($"| `{metric}` |", runbook, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"page: '([\w-]+)'|\$\{runbook\}#([\w-]+)")]
    private static partial Regex Pages();

    [GeneratedRegex(@"<a id=""([\w-]+)"">")]
    private static partial Regex Anchors();

    [GeneratedRegex(@"Name == \\?[""'](remotelog\.[\w.]+)")]
    private static partial Regex Metrics();
}
