using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace RemoteLog.Infra.Tests;

/// <summary>docs/settings.md and what the service reads say the same.</summary>
public sealed partial class SettingsPageTests
{
    private const string Page = "docs/settings.md";

    /// <summary>Read by .NET or the Functions host, under names that those give.</summary>
    private static readonly string[] Others =
    [
        "urls", "Logging:LogLevel:RemoteLog", "Logging:Console:FormatterName", "OTEL_EXPORTER_OTLP_ENDPOINT",
        "JobStorage", "AzureWebJobsStorage", "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", "AzureFunctionsJobHost__extensions__queues__batchSize",
    ];

    [Fact]
    public void It_has_each_setting_that_the_service_reads()
    {
        Assert.Superset(
            new HashSet<string> { "Pages:Entries", "Push:Pace:Webhook:PerDay", "Push:Apns:KeyId", "Receipts:Key", "Data:Folder", "Storage:Accounts", "Swarm:Role" },
            ServiceSettings.All.Keys.ToHashSet());

        Assert.Empty(ServiceSettings.All.Keys.Except(Documented().Select(setting => setting.Name)));
    }

    [Fact]
    public void It_has_each_setting_once_and_none_that_nobody_reads()
    {
        var names = Documented().Select(setting => setting.Name).ToList();

        Assert.Distinct(names);
        Assert.Empty(names.Except(ServiceSettings.All.Keys).Except(Others));
    }

    [Fact]
    public void Its_defaults_are_those_of_the_code()
    {
        foreach (var (name, value, _) in Documented().Where(setting => IsBound(setting.Name)))
        {
            switch (ServiceSettings.All[name].Default)
            {
                case null or "":
                    Assert.True(value is "none" or "made at the first start", $"{name} has no default, and the page says {value}.");
                    break;
                case var given:
                    Assert.True(value == $"`{Text(given)}`", $"{name} is {Text(given)} by default, and the page says {value}.");
                    break;
            }
        }
    }

    [Fact]
    public void Its_ranges_and_choices_are_those_of_the_code()
    {
        foreach (var (name, _, range) in Documented().Where(setting => IsBound(setting.Name)))
        {
            var property = ServiceSettings.All[name].Property!;
            var expected = property.GetCustomAttribute<RangeAttribute>() is { } bounds
                ? Convert.ToDouble(bounds.Maximum, CultureInfo.InvariantCulture) >= long.MaxValue ? $"{bounds.Minimum} or more" : $"{bounds.Minimum}–{bounds.Maximum}"
                : property.PropertyType.IsEnum ? string.Join(", ", Enum.GetNames(property.PropertyType).Select(choice => $"`{choice}`"))
                : property.PropertyType == typeof(bool) ? "`true`, `false`"
                : range;
            Assert.True(range == expected && range.Length > 0, $"{name} may be {expected}, and the page says {range}.");
        }
    }

    [Fact]
    public void The_README_says_the_same_of_the_few_that_it_names()
    {
        var page = Documented().ToDictionary(setting => setting.Name, setting => setting.Default);

        var readme = Rows(Section(Repository.Read("README.md"), "## Settings")).Where(row => row[0].StartsWith('`')).ToList();
        Assert.InRange(readme.Count, 5, 15);
        Assert.All(readme, row => Assert.Equal(page[row[0].Trim('`')], row[1]));
    }

    private static bool IsBound(string name) => ServiceSettings.All.GetValueOrDefault(name)?.Property is not null;

    private static string Text(object value) => value is bool flag ? flag ? "true" : "false" : Convert.ToString(value, CultureInfo.InvariantCulture)!;

    /// <summary>Of a table one setting is a row; where a table's first heading ends in a colon, one is a cell: heading, row, column.</summary>
    private static List<(string Name, string Default, string Range)> Documented()
    {
        List<(string, string, string)> settings = [];
        var (prefix, columns, ranges) = ("", Array.Empty<string>(), new Dictionary<string, string>());
        var text = Repository.Read(Page);
        foreach (Match range in Ranged().Matches(text)) ranges[range.Groups[1].Value] = range.Groups[2].Value;
        foreach (var row in Rows(text))
        {
            var first = row[0].Trim('`');
            if (row[0] == "setting") prefix = "";
            else if (first.EndsWith(':')) (prefix, columns) = (first, row);
            else if (!row[0].StartsWith('`')) continue;
            else if (prefix.Length == 0) settings.Add((first, row[1], row.Length > 3 ? row[2] : ""));
            else settings.AddRange(row.Skip(1).Select((cell, i) => ($"{prefix}{first}:{columns[i + 1].Trim('`')}", cell, ranges[columns[i + 1]])));
        }
        Assert.NotEmpty(settings);
        return settings;
    }

    private static IEnumerable<string[]> Rows(string text) => text.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal))
        .Select(line => line.Trim(' ', '|').Split(" | ").Select(cell => cell.Trim()).ToArray());

    private static string Section(string text, string heading)
    {
        var from = text.IndexOf($"\n{heading}\n", StringComparison.Ordinal);
        Assert.True(from >= 0, $"There is no {heading}.");
        var to = text.IndexOf("\n## ", from + heading.Length, StringComparison.Ordinal);
        return text[from..(to < 0 ? text.Length : to)];
    }

    /// <summary>In words: `Burst` (1–1000).</summary>
    [GeneratedRegex(@"(`\w+`) \((\d+–\d+)\)")]
    private static partial Regex Ranged();
}
