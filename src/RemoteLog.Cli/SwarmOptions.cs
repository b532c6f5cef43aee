using System.CommandLine;
using RemoteLog.Client;
using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;

namespace RemoteLog.Cli;

/// <summary>Options of reading from Swarm instead of from a server; one is of no use without the other.</summary>
internal sealed class SwarmOptions
{
    private readonly Option<Uri?> node = new("--from-swarm")
    {
        Description = "Read the log's mirror through this Bee node, and ask no server",
        HelpName = "URL",
        CustomParser = result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var node) && node.Scheme is "http" or "https") return node;
            result.AddError($"'{result.Tokens[0].Value}' is not a Bee node: expected something like http://127.0.0.1:1633");
            return null;
        },
    };

    private readonly Option<EthereumAddress> publisher = new("--feed-owner")
    {
        Description = "Who publishes the mirror, with --from-swarm",
        HelpName = "ADDR",
        CustomParser = result =>
        {
            if (EthereumAddress.TryParse(result.Tokens[0].Value, out var publisher)) return publisher;
            result.AddError($"'{result.Tokens[0].Value}' is not an Ethereum address: expected 40 hexadecimal digits");
            return default;
        },
    };

    private SwarmOptions()
    {
    }

    public static SwarmOptions AddTo(Command command)
    {
        var options = new SwarmOptions();
        command.Options.Add(options.node);
        command.Options.Add(options.publisher);
        command.Validators.Add(result =>
        {
            if (result.GetResult(options.node) is null == result.GetResult(options.publisher) is null) return;
            result.AddError("--from-swarm and --feed-owner belong together: the node to ask, and the Ethereum address that the server names when it starts (\"published by …\").");
        });
        return options;
    }

    /// <summary>Reads the log from wherever the options say.</summary>
    public LogReader Reader(ParseResult arguments, Workplace workplace, LogName log) =>
        arguments.GetValue(node) is { } swarm ? workplace.Reader(log, swarm, arguments.GetValue(publisher)) : workplace.Reader(log);
}
