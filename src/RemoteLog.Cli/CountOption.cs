using System.CommandLine;

namespace RemoteLog.Cli;

/// <summary>Options that are a number from 0 up.</summary>
internal static class CountOption
{
    public static Option<long> Create(string name, string alias, string description, long otherwise) => new(name, alias)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => otherwise,
        CustomParser = result =>
        {
            if (long.TryParse(result.Tokens[0].Value, out var count) && count >= 0) return count;
            result.AddError($"{name} wants a number from 0 up, not '{result.Tokens[0].Value}'.");
            return 0;
        },
    };
}
