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
              remotelog cat zDn…/notes --from-swarm http://127.0.0.1:1633 --feed-owner 8d37…e632
            In JSON, data that is UTF-8 comes as "text", other data as "data" in base64.
            The last one asks no RemoteLog server for anything: any Bee node will do. The feed's owner is the Ethereum address that the server
            names when it starts ("published by …"), or that of the device that mirrors its log itself. What is read is verified all the same.
            """) { log, after };
        var swarm = SwarmOptions.AddTo(command);
        command.SetAction(options, terminal, async (arguments, workplace, cancellationToken) =>
        {
            var reader = swarm.Reader(arguments, workplace, workplace.LogOf(arguments.GetRequiredValue(log)));
            var printer = new EntryPrinter(terminal, arguments.GetValue(options.Json), workplace.Node);
            await foreach (var entry in reader.ReadAsync(arguments.GetValue(after), cancellationToken)) printer.Print(entry);
            return ExitCode.Ok;
        });
        return command;
    }
}
