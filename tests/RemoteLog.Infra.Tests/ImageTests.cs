using System.Text.Json;
using System.Text.RegularExpressions;

namespace RemoteLog.Infra.Tests;

/// <summary>What must hold of the image, read from its recipe: there is no container engine everywhere that tests run.</summary>
public sealed partial class ImageTests
{
    private static readonly (string Word, string Text)[] Steps =
    [
        .. Continued().Replace(Repository.Read("Dockerfile"), " ").Split('\n').Where(line => line.Length > 0 && !line.StartsWith('#'))
            .Select(line => line.Split(' ', 2)).Select(parts => (parts[0], parts[1])),
    ];

    /// <summary>Those of the stage that is shipped.</summary>
    private static readonly (string Word, string Text)[] Shipped = [.. Steps.Skip(Array.FindLastIndex(Steps, step => step.Word == "FROM"))];

    [Fact]
    public void Every_step_is_one_that_a_builder_knows() => Assert.All(Steps, step => Assert.Contains(
        step.Word, new[] { "FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT" }));

    [Fact]
    public void Base_images_have_versions() => Assert.All(Steps.Where(step => step.Word == "FROM"), step =>
    {
        Assert.Matches(@"^[\w./-]+:\d+\.\d+[\w.-]*( AS \w+)?$", step.Text);
        Assert.DoesNotContain("latest", step.Text, StringComparison.Ordinal);
    });

    [Fact]
    public void It_does_not_run_as_root()
    {
        var user = Array.FindLastIndex(Shipped, step => step.Word == "USER");

        Assert.True(user >= 0 && !Shipped[user].Text.StartsWith('0') && !Shipped[user].Text.StartsWith("root", StringComparison.Ordinal));
        Assert.True(user < Array.FindIndex(Shipped, step => step.Word == "ENTRYPOINT"));
        Assert.DoesNotContain(Shipped.Skip(user), step => step.Word == "RUN");
    }

    [Fact]
    public void Data_is_on_a_volume_that_the_service_uses()
    {
        var volume = Shipped.Single(step => step.Word == "VOLUME").Text;

        Assert.Contains($"Data__Folder={volume}", Shipped.Single(step => step.Word == "ENV").Text, StringComparison.Ordinal);
        Assert.Contains(Shipped, step => step.Word == "COPY" && step.Text.Contains($"--chown={Shipped.Single(user => user.Word == "USER").Text}", StringComparison.Ordinal) && step.Text.EndsWith(volume, StringComparison.Ordinal));
    }

    [Fact]
    public void It_listens_to_the_port_that_it_exposes()
    {
        var port = Shipped.Single(step => step.Word == "EXPOSE").Text;

        Assert.Contains($"ASPNETCORE_URLS=http://0.0.0.0:{port}", Shipped.Single(step => step.Word == "ENV").Text, StringComparison.Ordinal);
        Assert.Contains($"var port = {port}", Bicep.Read("bicep/modules/containerApp.bicep"), StringComparison.Ordinal);
    }

    [Fact]
    public void Its_commands_need_no_shell() => Assert.All(
        Shipped.Where(step => step.Word is "ENTRYPOINT" or "HEALTHCHECK"),
        step => Assert.NotEmpty(JsonSerializer.Deserialize<string[]>(step.Text[step.Text.IndexOf('[', StringComparison.Ordinal)..])!));

    [Fact]
    public void It_is_healthy_when_its_own_probe_says_so()
    {
        var check = Shipped.Single(step => step.Word == "HEALTHCHECK").Text;

        Assert.EndsWith("""CMD ["/app/RemoteLog.Functions", "--probe"]""", check, StringComparison.Ordinal);
        Assert.Contains("--timeout=", check, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_copied_into_the_build_is_listed_and_is_there()
    {
        var lines = File.ReadAllLines(Repository.PathOf(".dockerignore")).Where(line => line.Length > 0 && !line.StartsWith('#')).ToList();

        Assert.Equal("*", lines[0]);
        Assert.All(lines.Where(line => line.StartsWith('!')), line => Assert.True(Path.Exists(Repository.PathOf(line[1..])), line));
    }

    [GeneratedRegex(@"\\\n\s*")]
    private static partial Regex Continued();
}
