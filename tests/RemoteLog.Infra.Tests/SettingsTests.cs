using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.RegularExpressions;

namespace RemoteLog.Infra.Tests;

/// <summary>The settings in the templates and those that the service reads: neither names one that the other lacks.</summary>
public sealed partial class SettingsTests
{
    private const string Template = "bicep/modules/settings.bicep";

    /// <summary>Read by the Functions host, under names that it gives.</summary>
    private static readonly string[] Hosts =
    [
        "AzureWebJobsStorage__accountName", "AzureWebJobsStorage__credential", "AzureWebJobsStorage__clientId",
        "JobStorage__queueServiceUri", "JobStorage__credential", "JobStorage__clientId",
    ];

    /// <summary>Read by the service, but of no use on Azure: it has no data folder there, and does not choose where to listen.</summary>
    private static readonly string[] Elsewhere = ["Data__Folder", "Kestrel__Endpoints"];

    /// <summary>Read by .NET itself.</summary>
    private static readonly string[] Frameworks = ["Logging__LogLevel__RemoteLog"];

    [Fact]
    public void The_templates_name_each_setting_that_the_service_reads()
    {
        var missing = Read().Keys.Except(Named()).Except(Elsewhere);

        Assert.Empty(missing);
    }

    [Fact]
    public void The_service_reads_each_setting_that_the_templates_name()
    {
        var unknown = Named().Except(Read().Keys).Except(Hosts).Except(Frameworks);

        Assert.Empty(unknown);
    }

    [Fact]
    public void Options_within_options_are_settings_too() =>
        Assert.Superset(
            new HashSet<string> { "Push__Pace__WebPush__GapSeconds", "Push__Hosts__PerSecond", "Push__Apns__KeyId", "Push__Vapid__Subject", "Push__WindowSeconds" },
            Read().Keys.ToHashSet());

    [Fact]
    public void The_templates_hold_options_to_the_ranges_that_the_service_does()
    {
        foreach (var (name, option) in Read().Where(setting => setting.Value?.GetCustomAttribute<RangeAttribute>() is not null))
        {
            var range = option!.GetCustomAttribute<RangeAttribute>()!;
            var bounds = BoundsOf(name);
            Assert.True(bounds.Contains($"@minValue({range.Minimum})", StringComparison.Ordinal), $"{name} starts at {range.Minimum}.");
            var isBounded = bounds.Contains("@maxValue", StringComparison.Ordinal);
            if (Convert.ToDouble(range.Maximum) >= long.MaxValue) Assert.False(isBounded, $"{name} has no end.");
            else Assert.True(bounds.Contains($"@maxValue({range.Maximum})", StringComparison.Ordinal), $"{name} ends at {range.Maximum}.");
        }
    }

    [Fact]
    public void The_templates_offer_the_choices_that_the_service_does()
    {
        var choices = Read().Where(setting => setting.Value?.PropertyType.IsEnum == true).ToList();

        Assert.Contains(choices, choice => choice.Key == "Swarm__Role");
        Assert.All(choices, choice => Assert.Contains(
            $"{choice.Key}: ({string.Join(" | ", Enum.GetNames(choice.Value!.PropertyType).Select(name => $"'{name}'"))})?", Bicep.Read(Template), StringComparison.Ordinal));
    }

    [Fact]
    public void Secrets_reach_the_service_by_reference_alone()
    {
        var secrets = Bicep.Table(Template, "secretSettings");

        var read = Read().Keys.Where(name => Secret().IsMatch(name)).ToList();
        Assert.Superset(new HashSet<string> { "Devices__Key", "Push__Vapid__Key", "Push__Apns__Key", "Push__Fcm__Credentials", "Mirror__Key" }, read.ToHashSet());
        Assert.All(read, name => Assert.Contains(name, secrets.Values));
        Assert.All(read, name => Assert.DoesNotContain($"{name}:", Bicep.Code, StringComparison.Ordinal));
        Assert.DoesNotContain("@secure", Bicep.Code, StringComparison.Ordinal);
        Assert.DoesNotContain("listKeys", Bicep.Code, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void The_script_makes_secrets_that_the_templates_know()
    {
        var made = Regex.Match(Repository.Read("infra/secrets.sh"), @"secrets=\(([^)]*)\)").Groups[1].Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

        Assert.NotEmpty(made);
        Assert.All(made, secret => Assert.Contains(secret.Split(':')[0], Bicep.Table(Template, "secretSettings").Keys));
    }

    [Fact]
    public void Each_secret_that_a_deployment_refers_to_by_itself_is_made_by_the_script()
    {
        var made = Regex.Match(Repository.Read("infra/secrets.sh"), @"secrets=\(([^)]*)\)").Groups[1].Value;

        var names = Bicep.ReferredSecrets();
        Assert.Equal(["receipts-key", "operator-key", "devices-key", "vapid-key", "mirror-key"], names);
        Assert.All(names, name => Assert.Contains($"{name}:", made, StringComparison.Ordinal));
    }

    [Fact]
    public void Whatever_refers_to_a_secret_can_be_left_out_until_the_secret_is_there()
    {
        var modules = Module().Matches(Bicep.Read("bicep/main.bicep")).ToDictionary(module => module.Groups[1].Value, module => module.Value);

        var referring = modules.Where(module => module.Value.Contains("references(", StringComparison.Ordinal)).ToList();
        Assert.Equal(["app", "containerApp"], referring.Select(module => module.Key).Order());
        Assert.All(referring, module => Assert.Contains("if (withService && ", module.Value, StringComparison.Ordinal));
        Assert.All(new[] { "vault", "identity", "access" }, name => Assert.DoesNotContain("withService", modules[name], StringComparison.Ordinal));
    }

    [Fact]
    public void The_Functions_host_finds_jobs_under_the_connection_that_triggers_name()
    {
        var connections = Triggers.Queues().Select(queue => queue.Connection).Distinct();

        Assert.Equal(["JobStorage"], connections);
        Assert.Contains("JobStorage__queueServiceUri", Bicep.Code, StringComparison.Ordinal);
    }

    /// <summary>The decorators of an optional number, or of the type that stands for it.</summary>
    private static string BoundsOf(string name)
    {
        var template = Bicep.Read(Template);
        var declared = Regex.Match(template, $@"((?:\s*@\w+\(.*\)\n)*)\s*{name}: (\w+)\?");
        Assert.True(declared.Success, $"{name} is no optional number in {Template}.");
        var type = declared.Groups[2].Value;
        if (type == "int") return declared.Groups[1].Value;
        var alias = Regex.Match(template, $@"((?:@\w+\(.*\)\n)+)type {type} = int");
        Assert.True(alias.Success, $"{name} is of the type {type}, which is no number in {Template}.");
        return alias.Groups[1].Value;
    }

    private static HashSet<string> Named() => [.. Setting().Matches(Bicep.Code).Select(match => match.Value)];

    /// <summary>Under the names that environment variables have.</summary>
    private static Dictionary<string, PropertyInfo?> Read() =>
        ServiceSettings.All.ToDictionary(setting => setting.Key.Replace(":", "__", StringComparison.Ordinal), setting => setting.Value.Property);

    [GeneratedRegex(@"\b[A-Z][A-Za-z]+(__[A-Za-z]+)+\b")]
    private static partial Regex Setting();

    [GeneratedRegex("(Key|Credentials)$")]
    private static partial Regex Secret();

    [GeneratedRegex(@"^module (\w+) .*?^[}\]]", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Module();
}
