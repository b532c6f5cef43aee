using System.CommandLine;
using RemoteLog.Client;

namespace RemoteLog.Cli;

/// <summary><c>quarantine replay</c>: what was refused is tried again.</summary>
internal static class QuarantineReplayCommand
{
    private const string Gap = "gap";

    public static Command Create(OperatorWork work)
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
            List<string> chosen = arguments.GetValue(all)
                ? await quarantine.ListAsync(cancellationToken).Select(item => item.Id).ToListAsync(cancellationToken)
                : [.. arguments.GetRequiredValue(ids).Distinct()];
            var refused = await ReplayAsync(quarantine, chosen, (id, problem) => Print(work, arguments, id, problem), cancellationToken);
            return refused == 0 ? ExitCode.Ok : ExitCode.Refused;
        });
        return command;
    }

    /// <summary>How many were refused again.</summary>
    private static async Task<int> ReplayAsync(Quarantine quarantine, List<string> ids, Action<string, string?> print, CancellationToken cancellationToken)
    {
        var refused = 0;
        while (ids.Count > 0)
        {
            List<string> waiting = [];
            foreach (var id in ids)
            {
                var problem = await FindProblemAsync(quarantine, id, cancellationToken);
                if (problem == Gap)
                {
                    waiting.Add(id);
                    continue;
                }
                print(id, problem);
                if (problem is not null) refused++;
            }

            // A queue has no order, so what fills a gap may come later in the list: those that wait for it get another turn.
            if (waiting.Count == ids.Count)
            {
                foreach (var id in waiting) print(id, Gap);
                return refused + waiting.Count;
            }
            ids = waiting;
        }
        return refused;
    }

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

    private static void Print(OperatorWork work, ParseResult arguments, string id, string? problem)
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
}
