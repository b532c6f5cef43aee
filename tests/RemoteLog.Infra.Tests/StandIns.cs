using RemoteLog.Testing;

namespace RemoteLog.Infra.Tests;

/// <summary>
/// A PATH on which az, dotnet, curl and sleep are stand-ins that write down how they are called, and answer as told; of what else there is on this machine,
/// only everyday tools are on it.
/// </summary>
internal sealed class StandIns : IDisposable
{
    private static readonly string[] Replaced = ["az", "dotnet", "curl", "sleep"];

    private static readonly string[] Tools =
        ["bash", "cat", "dirname", "env", "grep", "head", "mkdir", "mktemp", "openssl", "rm", "sed", "tee", "tr"];

    private readonly TemporaryFolder folder = new();
    private readonly List<string> answers = [];

    /// <param name="without">A program that is not installed.</param>
    public StandIns(string? without = null)
    {
        Directory.CreateDirectory(Bin);
        foreach (var program in Replaced.Where(program => program != without))
        {
            File.CreateSymbolicLink(Path.Combine(Bin, program), Path.Combine(AppContext.BaseDirectory, "stand-in"));
        }
        foreach (var tool in Tools)
        {
            Assert.SkipWhen(Repository.Program(tool) is null, $"{tool} is not installed, which the scripts need.");
            File.CreateSymbolicLink(Path.Combine(Bin, tool), Repository.Program(tool)!);
        }
    }

    private string Bin => Path.Combine(folder.Path, "bin");

    /// <summary>What was called, in order.</summary>
    public IReadOnlyList<string> Calls => File.Exists(CallsFile) ? File.ReadAllLines(CallsFile) : [];

    private string CallsFile => Path.Combine(folder.Path, "calls");

    /// <param name="calls">A pattern, as the shell matches files: <c>az account show*</c>.</param>
    /// <param name="once">Only the first such call; without, each that no earlier answer is for.</param>
    public StandIns Answer(string calls, string output = "", int exitCode = 0, string error = "", bool once = false)
    {
        answers.Add($"{(once ? "once " : "")}{calls}\t{exitCode}\t{(output.Length == 0 ? " " : Escape(output))}\t{Escape(error)}");
        return this;
    }

    /// <summary>As Azure answers when all goes well.</summary>
    public StandIns AnswerWell() => this
        .Answer("az account show --query user.type*", "user\\n")
        .Answer("az functionapp list-flexconsumption-locations*", "West Europe\\nnortheurope\\n")
        .Answer("az deployment sub show*AZURE_RESOURCE_GROUP*", "rg-prod\\n")
        .Answer("az deployment sub show*AZURE_KEY_VAULT_NAME*", "kv-abc\\n")
        .Answer("az deployment sub show*AZURE_KEY_VAULT_SECRETS*", "receipts-key operator-key devices-key vapid-key\\n")
        .Answer("az deployment sub show*SERVICE_API_NAME*", "func-abc\\n")
        .Answer("az deployment sub show*SERVICE_API_ID*", "/subscriptions/s/resourceGroups/rg-prod/providers/Microsoft.Web/sites/func-abc\\n")
        .Answer("az deployment sub show*SERVICE_API_URI*", "https://func-abc.example\\n")
        .Answer("az deployment sub show*APPLICATION_INSIGHTS_ID*", "insights\\n")
        .Answer("az keyvault secret list*", "receipts-key\\noperator-key\\ndevices-key\\nvapid-key\\nmirror-key\\n")
        .Answer("az group exists*", "true\\n")
        .Answer("curl*", "200");

    public Task<Outcome> RunAsync(string script, params string[] arguments) => RunAsync(script, new Dictionary<string, string?>(), arguments);

    public async Task<Outcome> RunAsync(string script, IReadOnlyDictionary<string, string?> variables, params string[] arguments)
    {
        // Not again by a second run: what held once has been used up.
        var file = Path.Combine(folder.Path, "answers");
        if (!File.Exists(file)) await File.WriteAllLinesAsync(file, answers, TestContext.Current.CancellationToken);
        Dictionary<string, string?> environment = new() { ["PATH"] = Bin, ["STAND_IN"] = folder.Path, ["TMPDIR"] = folder.Path };
        foreach (var name in new[] { "AZURE_ENV_NAME", "AZURE_LOCATION", "AZURE_SUBSCRIPTION_ID", "AZURE_PRINCIPAL_TYPE", "SERVICE_API_NAME", "REMOTELOG_IMAGE", "REMOTELOG_REGISTRY" })
        {
            environment[name] = null;
        }
        foreach (var (name, value) in variables) environment[name] = value;
        return await Repository.RunAsync(Repository.PathOf(script), arguments, environment);
    }

    /// <summary>What scripts leave behind where they keep temporary files.</summary>
    public IEnumerable<string> Left() => Directory.EnumerateFileSystemEntries(folder.Path).Select(path => Path.GetFileName(path)!).Except(["bin", "calls", "answers"]);

    public void Dispose() => folder.Dispose();

    private static string Escape(string text) => text.Replace("\n", "\\n", StringComparison.Ordinal).Replace("\t", " ", StringComparison.Ordinal);
}
