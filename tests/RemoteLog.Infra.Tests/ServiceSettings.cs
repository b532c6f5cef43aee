using System.Reflection;
using System.Text.RegularExpressions;
using RemoteLog.Functions;
using RemoteLog.Server;

namespace RemoteLog.Infra.Tests;

/// <summary>A setting that the service reads.</summary>
/// <param name="Property">What it is bound to; null: the service asks for this value alone.</param>
/// <param name="Default">What holds where it is not set.</param>
internal sealed record ServiceSetting(PropertyInfo? Property, object? Default);

/// <summary>What the service reads: the properties of each section that it binds, and the single values that it asks for, as its source says them.</summary>
internal static partial class ServiceSettings
{
    /// <summary>By their names, such as <c>Pages:Entries</c>.</summary>
    public static IReadOnlyDictionary<string, ServiceSetting> All { get; } = Read();

    private static Dictionary<string, ServiceSetting> Read()
    {
        Dictionary<string, ServiceSetting> settings = [];
        var types = new[]
        {
            typeof(RemoteLogApp).Assembly, typeof(PageOptions).Assembly, typeof(RemoteLog.Storage.Azure.AzureStorage).Assembly, typeof(RemoteLog.Push.PushServices).Assembly,
        }
            .SelectMany(assembly => assembly.GetTypes()).ToLookup(type => type.Name);
        foreach (var source in Repository.Files("src/RemoteLog.Functions", "*.cs").Where(file => !Built().IsMatch(file)).Select(Repository.Read))
        {
            foreach (Match bound in Section().Matches(source))
            {
                // Two projects bind what they need of one section, each under the same name.
                Assert.NotEmpty(types[bound.Groups[1].Value]);
                foreach (var options in types[bound.Groups[1].Value]) Add(bound.Groups[2].Value, Activator.CreateInstance(options)!);
            }
            foreach (Match single in Value().Matches(source)) settings.TryAdd(single.Groups[1].Value, new ServiceSetting(null, null));
        }
        return settings;

        void Add(string prefix, object options)
        {
            foreach (var property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.SetMethod is { IsPublic: true }))
            {
                var name = $"{prefix}:{property.Name}";
                if (property.PropertyType.IsClass && property.PropertyType != typeof(string) && property.PropertyType.Namespace!.StartsWith("RemoteLog", StringComparison.Ordinal))
                {
                    Add(name, property.GetValue(options)!);
                }
                else
                {
                    settings[name] = new ServiceSetting(property, property.GetValue(options));
                }
            }
        }
    }

    [GeneratedRegex(@"Settings\.Read<(\w+)>\([\w.]+, ""([\w:]+)""\)")]
    private static partial Regex Section();

    /// <summary>A string like "Receipts:Key". Log levels are everybody's.</summary>
    [GeneratedRegex(@"""(?!Logging:)([A-Z][A-Za-z]+(?::[A-Z][A-Za-z]+)+)""")]
    private static partial Regex Value();

    [GeneratedRegex(@"[/\\](bin|obj)[/\\]")]
    private static partial Regex Built();
}
