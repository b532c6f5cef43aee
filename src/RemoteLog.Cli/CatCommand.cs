using System.CommandLine;

namespace RemoteLog.Cli;

/// <summary><c>cat LOG</c>: every entry, verified.</summary>
internal static class CatCommand
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var log = LogArgument.Create();
        var after = CountOption.Create("--after", "-a", "Begin after this entry", otherwise: 0);
        var command = new TaughtCommand("cat", "Read a log: each entry's data and a line end", """
              remotelog cat notes
              remotelog cat zDn…/notes --after 1000
              remotelog cat notes --json | jq -r .text
            In JSON, data that is UTF-8 comes as "text", other data as "data" in base64.
            """) { log, after };
        command.SetAction(options, terminal, async (arguments, workplace, cancellationToken) =>
        {
            var printer = new EntryPrinter(terminal, arguments.GetValue(options.Json));
            var reader = workplace.Reader(workplace.LogOf(arguments.GetRequiredValue(log)));
            await foreach (var entry in reader.ReadAsync(arguments.GetValue(after), cancellationToken)) printer.Print(entry);
            return ExitCode.Ok;
        });
        return command;
    }
}
