using System.CommandLine;
using RemoteLog.Client;

namespace RemoteLog.Cli;

/// <summary><c>tail LOG</c>: the newest entries, and with <c>-f</c> those to come.</summary>
internal static class TailCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var log = LogArgument.Create();
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with what is written from now on, until cancelled" };
        var count = CountOption.Create("--lines", "-n", "How many of the newest entries", otherwise: 10);
        var command = new TaughtCommand("tail", "Read the newest entries of a log, and follow it", """
              remotelog tail notes -n 3
              remotelog tail -f zDn…/notes
              remotelog tail -f notes --json | jq .
            """) { log, follow, count };
        command.SetAction(options, terminal, async (arguments, workplace, cancellationToken) =>
        {
            var printer = new EntryPrinter(terminal, arguments.GetValue(options.Json));
            var name = workplace.LogOf(arguments.GetRequiredValue(log));
            var reader = workplace.Reader(name);
            var head = await reader.FindHeadAsync(cancellationToken);
            var position = Math.Max(0, (head?.Sequence ?? 0) - arguments.GetValue(count));
            if (arguments.GetValue(follow))
            {
                if (head is null) terminal.Error.WriteLine($"{name} does not exist yet; waiting for it.");
                await FollowAsync(reader, position, printer, terminal, cancellationToken);
            }
            else
            {
                await foreach (var entry in reader.ReadAsync(position, cancellationToken)) printer.Print(entry);
            }
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task FollowAsync(LogReader reader, long position, EntryPrinter printer, Terminal terminal, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await foreach (var entry in reader.FollowAsync(position, cancellationToken))
                {
                    printer.Print(entry);
                    await terminal.Output.FlushAsync(cancellationToken);
                    position = entry.Sequence;
                }
            }
            catch (ServerUnreachableException away)
            {
                // It was there when this command began, so it may come back.
                terminal.Error.WriteLine($"{away.Message} Trying again.");
                await Task.Delay(Pause, cancellationToken);
            }
        }
    }
}
