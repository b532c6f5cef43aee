using System.CommandLine;
using RemoteLog.Client;

namespace RemoteLog.Cli;

/// <summary><c>verify LOG</c>: walks everything.</summary>
internal static class VerifyCommand
{
    /// <summary>Larger data is not fetched.</summary>
    private static readonly long LargestData = new LogReaderOptions().MaxContentBytes;

    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var log = LogArgument.Create();
        var command = new TaughtCommand("verify", "Check a whole log, entry by entry, and look for forks", """
              remotelog verify notes
              remotelog verify zDn…/notes --json || echo "do not trust it"
              remotelog verify zDn…/notes --from-swarm http://127.0.0.1:1633 --feed-owner 8d37…e632
            The last one asks no RemoteLog server. Signatures and addresses are checked as ever; but evidence of forks only servers keep, and what a
            node does not find now is not gone for certain.
            """) { log };
        var swarm = SwarmOptions.AddTo(command);
        command.SetAction(options, terminal, async (arguments, workplace, cancellationToken) =>
        {
            var reader = swarm.Reader(arguments, workplace, workplace.LogOf(arguments.GetRequiredValue(log)));
            var report = await ProgressBar.RunAsync(terminal, "Verifying", report =>
                reader.VerifyAsync(new Watched(progress => report(progress.Entries, progress.Head)), cancellationToken));
            if (arguments.GetValue(options.Json)) PrintJson(terminal, reader, report);
            else Print(terminal, reader, report, workplace.Node);
            return report.Forks.Count == 0 ? ExitCode.Ok : ExitCode.NotVerified;
        });
        return command;
    }

    private static void Print(Terminal terminal, LogReader reader, VerifyReport report, Uri? node)
    {
        terminal.WriteLine(
            $"{reader.Log}: {report.Entries} entries, {report.Bytes} bytes, in {report.Pages} pages; signatures checked: {report.SignatureChecks}.");
        if (report.Forgotten > 0)
        {
            terminal.WriteLine(node is null
                ? $"{report.Forgotten} entries are forgotten: that they were written is certain, their data is gone."
                : $"{report.Forgotten} entries came without their data: that they were written is certain. It is forgotten, or {node} does not find it now.");
        }
        if (report.Unfetched > 0)
        {
            terminal.WriteLine(
                $"{report.Unfetched} entries have data that was not looked at: over {LargestData >> 20} MiB{(node is null ? "" : ", or not kept on Swarm")}. Their digests are signed.");
        }
        foreach (var fork in report.Forks)
        {
            terminal.WriteLine($"FORKED: the owner also signed another history, up to entry {fork.Refused.Sequence} (link {fork.Refused.Link}).");
        }
        if (report.Forks.Count > 0) return;
        terminal.WriteLine(node is null
            ? "All of it is what the owner signed, in one history."
            : "All of it is what the owner signed. Whether there is another history only a server can tell.");
    }

    private static void PrintJson(Terminal terminal, LogReader reader, VerifyReport report) => JsonLine.Write(terminal.Output, writer =>
    {
        writer.WriteString("log", reader.Log.ToString());
        writer.WriteNumber("entries", report.Entries);
        writer.WriteNumber("bytes", report.Bytes);
        writer.WriteNumber("forgotten", report.Forgotten);
        writer.WriteNumber("unfetched", report.Unfetched);
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
