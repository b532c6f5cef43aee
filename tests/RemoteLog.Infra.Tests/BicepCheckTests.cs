using RemoteLog.Testing;

namespace RemoteLog.Infra.Tests;

public sealed class BicepCheckTests
{
    /// <summary>A checker that may lie beside the checkout; where it does not, only the compiler can tell.</summary>
    private static readonly string Checker = Path.GetFullPath(Path.Combine(Repository.Root, "../shared/tools/bicep-check.mjs"));

    [Fact]
    public async Task The_templates_are_without_a_finding()
    {
        var outcome = await CheckAsync(Repository.PathOf("bicep"));

        Assert.True(outcome.ExitCode == 0, outcome.Output + outcome.Error);
    }

    [Theory]
    [InlineData("modules/app.bicep", "version: '1.0'", "version: '10.0'", "rule-flex-runtime")]
    [InlineData("modules/storage.bicep", "allowSharedKeyAccess: false", "allowSharedKeyAccess: true", "rule-shared-key")]
    [InlineData("modules/access.bicep", "ba92f5b4-2d11", "ba92f5b5-2d11", "role")]
    [InlineData("modules/network.bicep", "param tags object", "param tag object", "BCP")]
    [InlineData("modules/alerts.bicep", "skipQueryValidation", "skipQueryValidations", "BCP037")]
    public async Task A_fault_in_the_templates_is_caught(string file, string right, string wrong, string code)
    {
        using var folder = new TemporaryFolder();
        Copy(Repository.PathOf("bicep"), Path.Combine(folder.Path, "bicep"));
        Copy(Repository.PathOf("infra"), Path.Combine(folder.Path, "infra"));
        var path = Path.Combine(folder.Path, "bicep", file);
        var text = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(path, text.Replace(right, wrong, StringComparison.Ordinal), TestContext.Current.CancellationToken);

        var outcome = await CheckAsync(Path.Combine(folder.Path, "bicep"));

        Assert.Contains(right, text, StringComparison.Ordinal);
        Assert.True(outcome.ExitCode == 1 && outcome.Output.Contains(code, StringComparison.Ordinal), outcome.Output);
    }

    [Fact]
    public async Task The_compiler_takes_the_templates()
    {
        Assert.SkipWhen(Repository.Program("az") is null, "The Azure CLI is not installed, so its Bicep compiler cannot be asked.");

        var outcome = await Repository.RunAsync("az", ["bicep", "build", "--file", "bicep/main.bicep", "--stdout"]);

        Assert.True(outcome.ExitCode == 0, outcome.Error);
    }

    private static async Task<Outcome> CheckAsync(string folder)
    {
        Assert.SkipWhen(!File.Exists(Checker), $"The checker is not at {Checker}; `az bicep build --file bicep/main.bicep` does the same.");
        return await Repository.RunAsync("node", [Checker, "--rules", "--strict", folder]);
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
