using System.Text.RegularExpressions;

namespace RemoteLog.Infra.Tests;

/// <summary>What the pages for people point to is there.</summary>
public sealed partial class LinkTests
{
    public static TheoryData<string> Pages =>
    [
        "README.md", .. new[] { "docs", "infra", "src", "bench", "tests" }.SelectMany(folder => Repository.Files(folder, "*.md")).Where(file => !Elsewhere().IsMatch(file)),
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_lead_to_files_and_headings_that_are_there(string page)
    {
        foreach (var link in Link().Matches(Repository.Read(page)).Select(match => match.Groups[1].Value).Where(link => !link.StartsWith("http", StringComparison.Ordinal)))
        {
            var (file, anchor) = link.Split('#') is [var path, var name] ? (path, name) : (link, "");
            var target = file.Length == 0 ? Repository.PathOf(page) : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Repository.PathOf(page))!, file));
            Assert.True(Path.Exists(target), $"{page} points to {link}, and there is no such file.");
            if (anchor.Length > 0) Assert.True(AnchorsOf(File.ReadAllText(target)).Contains(anchor), $"{page} points to {link}, and there is no such heading.");
        }
    }

    /// <summary>As GitHub makes them of headings, and those that are written out.</summary>
    private static HashSet<string> AnchorsOf(string text) =>
    [
        .. Heading().Matches(text).Select(match => NotInAnchor().Replace(match.Groups[1].Value.ToLowerInvariant(), "").Replace(' ', '-')),
        .. Written().Matches(text).Select(match => match.Groups[1].Value),
    ];

    [GeneratedRegex(@"(?<!!)\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (.+?)\s*$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();

    [GeneratedRegex(@"<a id=""([\w-]+)"">")]
    private static partial Regex Written();

    [GeneratedRegex(@"[/\\](bin|obj|node_modules)[/\\]")]
    private static partial Regex Elsewhere();
}
