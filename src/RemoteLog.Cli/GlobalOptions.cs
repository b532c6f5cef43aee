using System.CommandLine;
using System.CommandLine.Parsing;
using RemoteLog.Protocol;

namespace RemoteLog.Cli;

/// <summary>Options that every command takes, before or after its name.</summary>
internal sealed class GlobalOptions
{
    /// <summary>The key that is used when none is named.</summary>
    public const string UsualKey = "default";

    private const string ServerVariable = "REMOTELOG_SERVER", HomeVariable = "REMOTELOG_HOME", DefaultServer = "http://127.0.0.1:7071";

    public Option<Uri> Server { get; } = new("--server", "-s")
    {
        Description = $"The server; ${ServerVariable} sets another default",
        HelpName = "URL",
        Recursive = true,
        CustomParser = result => ParseServer(result, result.Tokens[0].Value),
        DefaultValueFactory = result => ParseServer(result, Variable(ServerVariable) ?? DefaultServer)!,
    };

    public Option<string> Home { get; } = new("--home")
    {
        Description = $"Where keys and memory are kept; ${HomeVariable} sets another default",
        HelpName = "DIR",
        Recursive = true,
        DefaultValueFactory = _ =>
            Variable(HomeVariable) ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".remotelog"),
    };

    public Option<string> Key { get; } = new("--key", "-k")
    {
        Description = "Which key of yours",
        HelpName = "NAME",
        Recursive = true,
        DefaultValueFactory = _ => UsualKey,
    };

    public Option<bool> Json { get; } = new("--json") { Description = "One JSON object a line, for scripts", Recursive = true };

    public GlobalOptions() => Key.Validators.Add(result =>
    {
        // It becomes a file's name.
        if (!Topic.TryParse(result.GetValueOrDefault<string>(), out _)) result.AddError("A key's name is 1 to 64 characters of A-Z a-z 0-9 . _ -");
    });

    public void AddTo(Command root)
    {
        root.Options.Add(Server);
        root.Options.Add(Home);
        root.Options.Add(Key);
        root.Options.Add(Json);
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    /// <summary>An address of a server; null, with the error told, when it is none.</summary>
    public static Uri? ParseServer(ArgumentResult result, string text)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var server) && server.Scheme is "http" or "https") return server;
        result.AddError($"'{text}' is not a server: expected something like {DefaultServer}");
        return null;
    }
}
