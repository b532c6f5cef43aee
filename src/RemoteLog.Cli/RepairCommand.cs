using System.CommandLine;
using RemoteLog.Client;

namespace RemoteLog.Cli;

/// <summary><c>repair LOG</c>: what one of the server's two stores lacks is copied from the other.</summary>
internal static class RepairCommand
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var key = OperatorWork.KeyOption();
        var work = new OperatorWork(options, key, terminal);
        var log = LogArgument.Create();
        var command = new TaughtCommand("repair", "For operators: copy what one of the server's two stores lacks of a log from the other", """
              remotelog repair zDn…/notes
              remotelog repair zDn…/notes --json || echo "something is lost"
            """) { log, key };
        work.SetAction(command, async (arguments, workplace, operatorKey, cancellationToken) =>
        {
            var name = workplace.LogOf(arguments.GetRequiredValue(log));
            var repair = new LogRepair(workplace.Client, operatorKey);
            var report = await ProgressBar.RunAsync(terminal, "Repairing", async progress =>
            {
                LogRepairReport? last = null;
                await foreach (var step in repair.RepairAsync(name, cancellationToken))
                {
                    last = step;
                    progress(step.Sequence, step.Head);
                }
                return last!;
            });
            if (work.IsJson(arguments)) PrintJson(terminal, name.ToString(), report);
            else terminal.WriteLine($"{name}: {report.Whole} contents were in both stores, {report.Repaired} were repaired, {report.Lost} are lost.");
            return report.Lost == 0 ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    private static void PrintJson(Terminal terminal, string log, LogRepairReport report) => JsonLine.Write(terminal.Output, writer =>
    {
        writer.WriteString("log", log);
        writer.WriteNumber("whole", report.Whole);
        writer.WriteNumber("repaired", report.Repaired);
        writer.WriteNumber("lost", report.Lost);
    });
}
