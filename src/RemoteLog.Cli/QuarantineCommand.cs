using System.CommandLine;
using RemoteLog.Client;

namespace RemoteLog.Cli;

/// <summary><c>quarantine list</c>, <c>show</c>, <c>replay</c> and <c>drop</c>: what a server's ingest queue brought and was refused.</summary>
internal static class QuarantineCommand
{
    private const string KeyVariable = "REMOTELOG_OPERATOR_KEY", Gap = "gap";

    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var key = new Option<string>("--operator-key")
        {
            Description = $"The server's setting Operator:Key. Better set ${KeyVariable}: others can see what a command was started with",
            HelpName = "KEY",
            Recursive = true,
            DefaultValueFactory = _ => Environment.GetEnvironmentVariable(KeyVariable) ?? "",
        };
        var work = new Work(options, key, terminal);
        return new Command("quarantine", "For operators: what the ingest queue brought and the server refused")
        {
            key, CreateList(work), CreateShow(work), CreateReplay(work), CreateDrop(work),
        };
    }

    private static TaughtCommand CreateList(Work work)
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

    private static TaughtCommand CreateShow(Work work)
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

    private static TaughtCommand CreateReplay(Work work)
    {
        var ids = new Argument<string[]>("ID") { Description = "As listed", Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all") { Description = "Everything there is, oldest first" };
        var command = new TaughtCommand("replay", "Append items as if they came now; what is refused again stays", """
              remotelog quarantine replay 17 18
              remotelog quarantine replay --all
            """) { ids, all };
        command.Validators.Add(result =>
        {
            if (result.GetValue(ids) is { Length: > 0 } == result.GetValue(all)) result.AddError("Name some IDs, or --all.");
        });
        work.SetAction(command, async (arguments, quarantine, cancellationToken) =>
        {
            List<string> left = arguments.GetValue(all)
                ? await quarantine.ListAsync(cancellationToken).Select(item => item.Id).ToListAsync(cancellationToken)
                : [.. arguments.GetRequiredValue(ids).Distinct()];
            var refused = 0;
            while (left.Count > 0)
            {
                // A queue has no order, so what fills a gap may come later in the list: those that wait for it get another turn.
                var (waiting, appended) = (new List<string>(), 0);
                foreach (var id in left)
                {
                    var problem = await FindProblemAsync(quarantine, id, cancellationToken);
                    if (problem == Gap) waiting.Add(id);
                    else Print(work, arguments, id, problem);
                    if (problem is null) appended++;
                    else if (problem != Gap) refused++;
                }
                left = appended > 0 ? waiting : [];
                if (appended > 0) continue;

                refused += waiting.Count;
                foreach (var id in waiting) Print(work, arguments, id, Gap);
            }
            return refused == 0 ? ExitCode.Ok : ExitCode.Refused;
        });
        return command;
    }

    private static TaughtCommand CreateDrop(Work work)
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

    /// <summary>Null once the item is appended. A problem of one item says nothing of the others; one with the key ends it all.</summary>
    private static async Task<string?> FindProblemAsync(Quarantine quarantine, string id, CancellationToken cancellationToken)
    {
        try
        {
            await quarantine.ReplayAsync(id, cancellationToken);
            return null;
        }
        catch (RefusedException refusal) when (refusal.Problem is not (null or "wrong-operator-key" or "operator-key-not-set"))
        {
            return refusal.Problem;
        }
    }

    private static void Print(Work work, ParseResult arguments, string id, string? problem)
    {
        if (!work.IsJson(arguments))
        {
            work.Terminal.WriteLine(problem is null ? $"{id}  appended" : $"{id}  refused: {problem}");
            return;
        }
        JsonLine.Write(work.Terminal.Output, writer =>
        {
            writer.WriteString("id", id);
            writer.WriteBoolean("appended", problem is null);
            if (problem is not null) writer.WriteString("problem", problem);
        });
    }

    /// <summary>What the four have in common.</summary>
    private sealed record Work(GlobalOptions Options, Option<string> Key, Terminal Terminal)
    {
        public bool IsJson(ParseResult arguments) => arguments.GetValue(Options.Json);

        public void SetAction(Command command, Func<ParseResult, Quarantine, CancellationToken, Task<ExitCode>> work) =>
            command.SetAction(Options, Terminal, async (arguments, workplace, cancellationToken) =>
            {
                if (arguments.GetRequiredValue(Key) is { Length: > 0 } key) return await work(arguments, new Quarantine(workplace.Client, key), cancellationToken);

                Terminal.Error.WriteLine($"Only the server's operator may do this: set {KeyVariable} to the server's setting Operator:Key.");
                return ExitCode.Usage;
            });
    }
}
