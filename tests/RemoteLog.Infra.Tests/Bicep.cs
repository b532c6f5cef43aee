using System.Text.RegularExpressions;

namespace RemoteLog.Infra.Tests;

/// <summary>What the templates say, as far as tests ask: names in lists and tables that are written a line each.</summary>
internal static partial class Bicep
{
    /// <summary>All templates, without comments.</summary>
    public static string Code { get; } = string.Join('\n', Repository.Files("bicep", "*.bicep").Select(Read));

    public static string Read(string file) => Comment().Replace(Repository.Read(file), "");

    /// <summary>The strings of <c>var NAME = [ … ]</c>.</summary>
    public static IReadOnlyList<string> List(string file, string name)
    {
        var list = Regex.Match(Read(file), $@"var {name} = \[([^\]]*)\]");
        Assert.True(list.Success, $"{file} has no list '{name}'.");
        return [.. Text().Matches(list.Groups[1].Value).Select(match => match.Groups[1].Value)];
    }

    /// <summary>The right sides of <c>var NAME = { 'key': 'value' … }</c>, by their left sides.</summary>
    public static IReadOnlyDictionary<string, string> Table(string file, string name)
    {
        var table = Regex.Match(Read(file), $@"var {name} = \{{([^}}]*)\}}");
        Assert.True(table.Success, $"{file} has no table '{name}'.");
        return Entry().Matches(table.Groups[1].Value).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
    }

    /// <summary>The secrets that a deployment refers to by itself, by their names in the vault.</summary>
    public static IReadOnlyList<string> ReferredSecrets()
    {
        var main = Read("bicep/main.bicep");
        var referred = Regex.Match(main, @"param secrets string\[\] = \[([^\]]*)\]").Groups[1].Value + Regex.Match(main, @"var secretsInUse = .*").Value;
        return [.. SecretName().Matches(referred).Select(match => match.Groups[1].Value)];
    }

    [GeneratedRegex("'([a-z-]+)'")]
    private static partial Regex SecretName();

    [GeneratedRegex(@"(?m)(^|\s)//.*$")]
    private static partial Regex Comment();

    [GeneratedRegex("'([^']*)'")]
    private static partial Regex Text();

    [GeneratedRegex(@"'?([\w-]+)'?: '([^']*)'")]
    private static partial Regex Entry();
}
