using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace RemoteLog.Cli;

/// <summary>A command whose help ends with examples.</summary>
internal sealed class TaughtCommand(string name, string description, string examples) : Command(name, description)
{
    public string Examples { get; } = examples;
}

/// <summary>The usual help, and then what the command teaches.</summary>
internal sealed class TeachingHelp(HelpAction usual, string ofRoot) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        var code = usual.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output.WriteLine(
            parseResult.CommandResult.Command is TaughtCommand taught ? $"Examples:\n{taught.Examples}" : ofRoot);
        return code;
    }
}
