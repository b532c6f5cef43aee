using System.CommandLine;
using RemoteLog.Client;

namespace RemoteLog.Cli;

/// <summary><c>quarantine list</c>, <c>show</c>, <c>replay</c> and <c>drop</c>: what a server's ingest queue brought and was refused.</summary>
internal static class QuarantineCommand
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var key = OperatorWork.KeyOption();
        var work = new OperatorWork(options, key, terminal);
        return new Command("quarantine", "For operators: what the ingest queue brought and the server refused")
        {
            key, CreateList(work), CreateShow(work), QuarantineReplayCommand.Create(work), CreateDrop(work),
        };
    }

    private static TaughtCommand CreateList(OperatorWork work)
    {
        var command = new TaughtCommand("list", "What there is, oldest first: id, time, size, reason and log", """
              remotelog quarantine list
              remotelog quarantine list --json | jq -r 'select(.reason == "gap") | .id'
            """);
        work.SetAction(command, async (arguments, quarantine, cancellationToken) =>
        {
            var count = 0;
            await foreach (var item in quarantine.ListAsync(cancellationToken))
            {
                count++;
                if (work.IsJson(arguments)) PrintJson(work.Terminal, item);
                else work.Terminal.WriteLine($"{item.Id}  {item.At:yyyy-MM-dd HH:mm:ss}Z  {item.Size} bytes  {item.Reason}  {item.Log ?? "-"}");
            }
            if (count == 0) work.Terminal.Error.WriteLine("Nothing is in quarantine.");
            return ExitCode.Ok;
        });
        return command;
    }

    private static TaughtCommand CreateShow(OperatorWork work)
    {
        var id = new Argument<string>("ID") { Description = "As listed" };
        var command = new TaughtCommand("show", "The very bytes of an item", """
              remotelog quarantine show 17 > segment
              remotelog quarantine show 17 --json | jq -r .bytes | base64 -d
            """) { id };
        work.SetAction(command, async (arguments, quarantine, cancellationToken) =>
        {
            var bytes = await quarantine.GetAsync(arguments.GetRequiredValue(id), cancellationToken);
            if (!work.IsJson(arguments))
            {
                work.Terminal.Output.Write(bytes.Span);
                return ExitCode.Ok;
            }
            JsonLine.Write(work.Terminal.Output, writer =>
            {
                writer.WriteString("id", arguments.GetRequiredValue(id));
                writer.WriteBase64String("bytes", bytes.Span);
            });
            return ExitCode.Ok;
        });
        return command;
    }

    private static TaughtCommand CreateDrop(OperatorWork work)
    {
        var id = new Argument<string>("ID") { Description = "As listed" };
        var command = new TaughtCommand("drop", "Remove an item for good", """
              remotelog quarantine drop 17
            """) { id };
        work.SetAction(command, async (arguments, quarantine, cancellationToken) =>
        {
            await quarantine.DropAsync(arguments.GetRequiredValue(id), cancellationToken);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void PrintJson(Terminal terminal, QuarantinedMessage item) => JsonLine.Write(terminal.Output, writer =>
    {
        writer.WriteString("id", item.Id);
        if (item.Log is not null) writer.WriteString("log", item.Log);
        writer.WriteString("reason", item.Reason);
        writer.WriteString("at", item.At);
        writer.WriteNumber("size", item.Size);
    });
}
