using System.CommandLine;
using RemoteLog.Client;
using RemoteLog.Protocol;

namespace RemoteLog.Cli;

/// <summary><c>hints listen</c>: what a sleeping phone goes through, in a terminal.</summary>
internal static class HintsCommand
{
    private const int UsualPort = 7072;

    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var port = new Option<int>("--port", "-p") { Description = "Where to listen, on 127.0.0.1; 0: anywhere", HelpName = "PORT", DefaultValueFactory = _ => UsualPort };
        var listen = new TaughtCommand("listen", "Register an endpoint on this machine, and show each hint and what it brought", $"""
              dotnet run --project src/RemoteLog.Functions -- --Push:Endpoints:Mode Listed --Push:Endpoints:Hosts http://127.0.0.1:{UsualPort}
              remotelog hints listen                    in a second terminal
              remotelog follow notes                    in a third
              remotelog append notes "Wake up"
            """) { port };
        listen.SetAction(options, terminal, async (arguments, workplace, cancellationToken) =>
        {
            var json = arguments.GetValue(options.Json);
            using var key = workplace.OpenDeviceKey(terminal.Error);
            using var device = workplace.OpenDevice(key);
            await using var endpoint = await HintEndpoint.StartAsync(arguments.GetValue(port), cancellationToken);
            try
            {
                await device.RegisterAsync(new WakeAddress("unifiedpush", endpoint.Address), cancellationToken);
            }
            catch (RefusedException refused) when (refused.Problem == "invalid-target")
            {
                terminal.Error.WriteLine(
                    $"The server does not send to this machine: {refused.Detail}\nIf it is yours, start it with "
                    + $"--Push:Endpoints:Mode Listed --Push:Endpoints:Hosts {endpoint.Host}");
                return ExitCode.Refused;
            }
            terminal.Error.WriteLine($"Listening at {endpoint.Host} as device {device.Device}. Follow logs with: remotelog follow LOG");
            await foreach (var message in endpoint.ReadAllAsync(cancellationToken))
            {
                await ReceiveAsync(device, message, json, terminal, cancellationToken);
            }
            return ExitCode.Ok;
        });
        return new Command("hints", "See what wakes this device") { listen };
    }

    private static async Task ReceiveAsync(WakeableDevice device, byte[] message, bool json, Terminal terminal, CancellationToken cancellationToken)
    {
        SyncReport report;
        try
        {
            report = await device.ReceiveAsync(message, cancellationToken);
        }
        catch (RemoteLogException fault)
        {
            // One hint is not the last.
            terminal.Error.WriteLine(fault.Message);
            return;
        }
        var names = (await device.GetFollowsAsync(cancellationToken)).ToDictionary(follow => follow.Tag, follow => follow.Log);
        if (json) PrintJson(terminal, report, names);
        else Print(terminal, report, names);
        foreach (var (log, fault) in report.Faults) terminal.Error.WriteLine($"{log}: {fault.Message}");
        await terminal.Output.FlushAsync(cancellationToken);
    }

    private static void Print(Terminal terminal, SyncReport report, Dictionary<HintTag, LogName> names)
    {
        terminal.WriteLine(report switch
        {
            { Outcome: HintOutcome.Unreadable } => "hint   not for this device: it cannot be read",
            { Outcome: HintOutcome.Confirmed } => "hint   with the token of this registration: confirmed",
            { Hint: { Moved.Count: 0 } } => "hint   pull what you follow",
            { Hint: { } hint } => $"hint   {string.Join(", ", hint.Moved.Select(moved => $"{Name(moved.Tag, names)} moved to {moved.Sequence}"))}{(hint.More ? ", and more" : "")}",
            _ => "hint",
        });
        if (report.Outcome == HintOutcome.Unreadable) return;
        terminal.WriteLine(report.Outcome == HintOutcome.TooSoon
            ? "sync   later: too many hints lately"
            : $"sync   {report.Entries} entries of {report.Logs.Count} logs, {report.Bytes} bytes{(report.IsComplete ? "" : ", more with the next")}");
    }

    private static void PrintJson(Terminal terminal, SyncReport report, Dictionary<HintTag, LogName> names) => JsonLine.Write(terminal.Output, writer =>
    {
        writer.WriteString("outcome", report.Outcome switch
        {
            HintOutcome.Synced => "synced",
            HintOutcome.Confirmed => "confirmed",
            HintOutcome.TooSoon => "too-soon",
            _ => "unreadable",
        });
        writer.WriteObjects("moved", report.Hint?.Moved ?? [], moved =>
        {
            if (names.TryGetValue(moved.Tag, out var log)) writer.WriteString("log", log.ToString());
            writer.WriteString("tag", moved.Tag.ToString());
            writer.WriteNumber("sequence", moved.Sequence);
        });
        writer.WriteBoolean("more", report.Hint?.More ?? false);
        writer.WriteNumber("logs", report.Logs.Count);
        writer.WriteNumber("entries", report.Entries);
        writer.WriteNumber("bytes", report.Bytes);
        writer.WriteBoolean("complete", report.IsComplete);
        writer.WriteBoolean("reported", report.IsReported);
    });

    private static string Name(HintTag tag, Dictionary<HintTag, LogName> names) => names.TryGetValue(tag, out var log) ? log.ToString() : $"unknown tag {tag}";
}
