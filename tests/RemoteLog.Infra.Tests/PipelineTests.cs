using System.Text.Json;
using System.Text.RegularExpressions;

namespace RemoteLog.Infra.Tests;

public sealed class PipelineTests
{
    public static TheoryData<string> Files => [.. Repository.Files(".github", "*.yml"), "azure.yaml"];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Pipelines_and_azd_files_are_YAML(string file)
    {
        var root = await ParseAsync(file);

        Assert.Equal(JsonValueKind.Object, root.ValueKind);
        Assert.True(root.TryGetProperty("name", out _), $"{file} has no name.");
    }

    [Fact]
    public async Task Azd_finds_the_templates_and_the_hook()
    {
        var root = await ParseAsync("azure.yaml");

        var infra = root.GetProperty("infra");
        Assert.True(File.Exists(Repository.PathOf($"{infra.GetProperty("path")}/{infra.GetProperty("module")}.bicep")));
        Assert.True(File.Exists(Repository.PathOf(root.GetProperty("hooks").GetProperty("postprovision").GetProperty("run").GetString()!.Split(' ')[0])));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("example/remotelog:1", true)]
    public async Task Azd_has_the_secrets_made_before_it_deploys_a_container_that_refers_to_them(string image, bool isPrepared)
    {
        var hook = (await ParseAsync("azure.yaml")).GetProperty("hooks").GetProperty("preprovision").GetProperty("run").GetString()!;
        using var azure = new StandIns().AnswerWell();
        Dictionary<string, string?> environment = new() { ["AZURE_ENV_NAME"] = "prod", ["AZURE_LOCATION"] = "northeurope", ["REMOTELOG_IMAGE"] = image };

        var outcome = await azure.RunAsync(Repository.Program("bash")!, environment, "-c", hook);

        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.Equal(isPrepared, azure.Calls.Any(call => call.Contains("--location northeurope", StringComparison.Ordinal) && call.Contains("withService=false", StringComparison.Ordinal)));
        Assert.All(azure.Calls.Where(call => call.StartsWith("az deployment sub create", StringComparison.Ordinal)), call => Assert.Contains("withService=false", call, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Deployments_sign_in_without_a_secret()
    {
        var text = Repository.Read(".github/workflows/deploy.yml");
        var root = await ParseAsync(".github/workflows/deploy.yml");

        Assert.Equal("write", root.GetProperty("permissions").GetProperty("id-token").GetString());
        Assert.DoesNotContain("secrets.", text, StringComparison.Ordinal);
        Assert.Contains("infra/deploy.sh --yes --skip-what-if", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_job_ends_by_itself_and_may_do_no_more_than_it_must()
    {
        foreach (var file in Repository.Files(".github", "*.yml"))
        {
            var root = await ParseAsync(file);
            Assert.Equal("read", root.GetProperty("permissions").GetProperty("contents").GetString());
            Assert.All(root.GetProperty("jobs").EnumerateObject(), job => Assert.True(job.Value.TryGetProperty("timeout-minutes", out _), job.Name));
        }
    }

    [Fact]
    public void Scripts_that_pipelines_run_are_there() => Assert.All(
        Repository.Files(".github", "*.yml").SelectMany(file => Regex.Matches(Repository.Read(file), @"(?:infra|\.ci)/[\w.-]*\w").Select(match => match.Value)),
        script => Assert.True(Path.Exists(Repository.PathOf(script)), script));

    /// <summary>By whichever YAML parser there is: the one that came with the emulator, or Python's.</summary>
    private static async Task<JsonElement> ParseAsync(string file)
    {
        (string Program, string[] Arguments)[] parsers =
        [
            ("node", ["-e", "console.log(JSON.stringify(require('./tests/azurite/node_modules/yaml').parse(require('fs').readFileSync(process.argv[1], 'utf8'))))", file]),
            ("python3", ["-c", "import json, sys, yaml; print(json.dumps({str(k): v for k, v in yaml.safe_load(open(sys.argv[1])).items()}))", file]),
        ];
        foreach (var (program, arguments) in parsers.Where(parser => Repository.Program(parser.Program) is not null))
        {
            var outcome = await Repository.RunAsync(program, arguments);
            if (outcome.ExitCode == 0) return JsonDocument.Parse(outcome.Output).RootElement;
            Assert.True(outcome.Error.Contains("Cannot find module", StringComparison.Ordinal) || outcome.Error.Contains("No module", StringComparison.Ordinal), outcome.Error);
        }
        Assert.Skip("There is no YAML parser: neither tests/azurite/node_modules nor Python's yaml.");
        return default;
    }
}
