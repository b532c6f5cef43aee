using System.CommandLine;
using RemoteLog.Client;

namespace RemoteLog.Cli;

/// <summary><c>doctor [URL]</c>: what is wrong with a server, and what to do about it.</summary>
internal static class DoctorCommand
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var url = new Argument<Uri?>("URL")
        {
            Description = "The server; without it, the one that --server names",
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = result => GlobalOptions.ParseServer(result, result.Tokens[0].Value),
        };
        var key = OperatorWork.KeyOption();
        var command = new TaughtCommand("doctor", "For operators: what is wrong with a server, and what to do", """
              remotelog doctor
              remotelog doctor https://logs.example
              REMOTELOG_OPERATOR_KEY=… remotelog doctor https://logs.example   also what only the server itself can see
              remotelog doctor https://logs.example --json | jq -r 'select(.status == "failed") | .advice'
            """) { url, key };
        command.SetAction(options, terminal, async (arguments, _, cancellationToken) =>
        {
            var server = arguments.GetValue(url) ?? arguments.GetRequiredValue(options.Server);
            using var doctor = new Doctor(server, arguments.GetRequiredValue(key), TimeProvider.System);
            var findings = await ProgressBar.RunAsync(terminal, "Looking", report => doctor.ExamineAsync(report, cancellationToken));
            foreach (var finding in findings)
            {
                if (arguments.GetValue(options.Json)) PrintJson(terminal, finding);
                else Print(terminal, finding);
            }

            var failed = findings.Count(finding => finding.Status == ServiceCheckStatus.Failed);
            var warnings = findings.Count(finding => finding.Status == ServiceCheckStatus.Warning);
            terminal.Error.WriteLine((failed, warnings) switch
            {
                (0, 0) => $"{server} is well.",
                (0, _) => $"{server} works; look at the warnings.",
                _ => $"{failed} of {findings.Count} checks of {server} failed.",
            });
            return failed == 0 ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    private static void Print(Terminal terminal, ServiceCheckResult finding)
    {
        var status = finding.Status switch
        {
            ServiceCheckStatus.Ok => "ok",
            ServiceCheckStatus.Warning => "warning",
            ServiceCheckStatus.Failed => "FAILED",
            _ => "skipped",
        };
        terminal.WriteLine($"{status,-8} {finding.Name,-11} {finding.Detail}");
        if (finding.Advice is not null) terminal.WriteLine($"{"",-20} -> {finding.Advice}");
    }

    private static void PrintJson(Terminal terminal, ServiceCheckResult finding) => JsonLine.Write(terminal.Output, writer =>
    {
        writer.WriteString("name", finding.Name);
        writer.WriteString("status", finding.Status.ToString().ToLowerInvariant());
        writer.WriteString("detail", finding.Detail);
        if (finding.Advice is not null) writer.WriteString("advice", finding.Advice);
        writer.WriteNumber("milliseconds", Math.Round(finding.Took.TotalMilliseconds, 1));
    });
}
