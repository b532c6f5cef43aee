using System.CommandLine;
using RemoteLog.Client;

namespace RemoteLog.Cli;

/// <summary>What the commands of an operator have in common.</summary>
internal sealed record OperatorWork(GlobalOptions Options, Option<string> Key, Terminal Terminal)
{
    public const string KeyVariable = "REMOTELOG_OPERATOR_KEY";

    public bool IsJson(ParseResult arguments) => arguments.GetValue(Options.Json);

    public static Option<string> KeyOption() => new("--operator-key")
    {
        Description = $"The server's setting Operator:Key. Better set ${KeyVariable}: others can see what a command was started with",
        HelpName = "KEY",
        Recursive = true,
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(KeyVariable) ?? "",
    };

    public void SetAction(Command command, Func<ParseResult, Quarantine, CancellationToken, Task<ExitCode>> work) =>
        SetAction(command, (arguments, workplace, key, cancellationToken) => work(arguments, new Quarantine(workplace.Client, key), cancellationToken));

    public void SetAction(Command command, Func<ParseResult, Workplace, string, CancellationToken, Task<ExitCode>> work) =>
        command.SetAction(Options, Terminal, async (arguments, workplace, cancellationToken) =>
        {
            if (arguments.GetRequiredValue(Key) is { Length: > 0 } key) return await work(arguments, workplace, key, cancellationToken);

            Terminal.Error.WriteLine($"Only the server's operator may do this: set {KeyVariable} to the server's setting Operator:Key.");
            return ExitCode.Usage;
        });
}
