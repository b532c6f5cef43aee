using System.CommandLine;
using System.CommandLine.Parsing;
using RemoteLog.Protocol.Swarm;

namespace RemoteLog.Cli;

/// <summary>Options of reading from Swarm instead of from a server; one is of no use without the other.</summary>
internal static class SwarmOptions
{
    public static Option<Uri?> Node() => new("--from-swarm")
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

    public static Option<EthereumAddress> Publisher() => new("--feed-owner")
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

    public static void CheckBoth(CommandResult result, Option<Uri?> node, Option<EthereumAddress> publisher)
    {
        if (result.GetResult(node) is null != result.GetResult(publisher) is null) result.AddError("--from-swarm and --feed-owner belong together.");
    }
}
