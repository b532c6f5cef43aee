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
              remotelog tail -f zDn…/notes --from-swarm http://127.0.0.1:1633 --feed-owner 8d37…e632
            The last one asks no RemoteLog server: it looks for a new state of the log's mirror every ten seconds. A mirror may be a little behind.
            """) { log, follow, count };
        var swarm = SwarmOptions.AddTo(command);
        command.SetAction(options, terminal, async (arguments, workplace, cancellationToken) =>
        {
            var name = workplace.LogOf(arguments.GetRequiredValue(log));
            var reader = swarm.Reader(arguments, workplace, name);
            var printer = new EntryPrinter(terminal, arguments.GetValue(options.Json), workplace.Node);
            var head = await reader.FindHeadAsync(cancellationToken);
            var position = Math.Max(0, (head?.Sequence ?? 0) - arguments.GetValue(count));
            if (arguments.GetValue(follow))
            {
                if (head is null)
                {
                    terminal.Error.WriteLine(workplace.Node is { } node
                        ? $"{node} finds no mirror of {name} by this publisher yet; waiting for it."
                        : $"{name} does not exist yet; waiting for it.");
                }
                await FollowAsync(reader, position, printer, terminal, workplace.Node is not null, cancellationToken);
            }
            else
            {
                await foreach (var entry in reader.ReadAsync(position, cancellationToken)) printer.Print(entry);
            }
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task FollowAsync(
        LogReader reader, long position, EntryPrinter printer, Terminal terminal, bool isMirror, CancellationToken cancellationToken)
    {
        string? told = null;
        while (true)
        {
            try
            {
                await foreach (var entry in reader.FollowAsync(position, cancellationToken))
                {
                    printer.Print(entry);
                    await terminal.Output.FlushAsync(cancellationToken);
                    position = entry.Sequence;
                    told = null;
                }
            }
            catch (RemoteLogException passing) when (passing is ServerUnreachableException || (isMirror && passing is UnavailableException or RolledBackException))
            {
                // It was there when this command began, so it may come back; and a mirror comes after its log, of which this device may have seen more elsewhere.
                if (passing.Message != told) terminal.Error.WriteLine($"{passing.Message} Trying again.");
                told = passing.Message;
                await Task.Delay(Pause, terminal.Time, cancellationToken);
            }
        }
    }
}
