using System.CommandLine;
using RemoteLog.Client;

namespace RemoteLog.Cli;

/// <summary><c>verify LOG</c>: walks everything.</summary>
internal static class VerifyCommand
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var log = LogArgument.Create();
        var command = new TaughtCommand("verify", "Check a whole log, entry by entry, and look for forks", """
              remotelog verify notes
              remotelog verify zDn…/notes --json || echo "do not trust it"
            """) { log };
        command.SetAction(options, terminal, async (arguments, workplace, cancellationToken) =>
        {
            var reader = workplace.Reader(workplace.LogOf(arguments.GetRequiredValue(log)));
            var report = await ProgressBar.RunAsync(terminal, "Verifying", report =>
                reader.VerifyAsync(new Watched(progress => report(progress.Entries, progress.Head)), cancellationToken));
            if (arguments.GetValue(options.Json)) PrintJson(terminal, reader, report);
            else Print(terminal, reader, report);
            return report.Forks.Count == 0 ? ExitCode.Ok : ExitCode.NotVerified;
        });
        return command;
    }

    private static void Print(Terminal terminal, LogReader reader, VerifyReport report)
    {
        terminal.WriteLine(
            $"{reader.Log}: {report.Entries} entries, {report.Bytes} bytes, in {report.Pages} pages; signatures checked: {report.SignatureChecks}.");
        if (report.Forgotten > 0) terminal.WriteLine($"{report.Forgotten} entries are forgotten: that they were written is certain, their data is gone.");
        foreach (var fork in report.Forks)
        {
            terminal.WriteLine($"FORKED: the owner also signed another history, up to entry {fork.Refused.Sequence} (link {fork.Refused.Link}).");
        }
        if (report.Forks.Count == 0) terminal.WriteLine("All of it is what the owner signed, in one history.");
    }

    private static void PrintJson(Terminal terminal, LogReader reader, VerifyReport report) => JsonLine.Write(terminal.Output, writer =>
    {
        writer.WriteString("log", reader.Log.ToString());
        writer.WriteNumber("entries", report.Entries);
        writer.WriteNumber("bytes", report.Bytes);
        writer.WriteNumber("forgotten", report.Forgotten);
        writer.WriteNumber("pages", report.Pages);
        writer.WriteNumber("signatureChecks", report.SignatureChecks);
        writer.WriteNumber("forks", report.Forks.Count);
    });

    /// <summary>Told at once, on the thread that verifies: the framework's own type would hop to another.</summary>
    private sealed class Watched(Action<VerifyReport> report) : IProgress<VerifyReport>
    {
        public void Report(VerifyReport value) => report(value);
    }
}
