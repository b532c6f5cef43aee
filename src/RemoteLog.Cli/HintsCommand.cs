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
        var port = new Option<int>("--port", "-p")
        {
            Description = "Where to listen, on 127.0.0.1; 0: anywhere",
            HelpName = "PORT",
            DefaultValueFactory = _ => UsualPort,
            CustomParser = result =>
            {
                if (ushort.TryParse(result.Tokens[0].Value, out var number)) return number;
                result.AddError($"--port wants a number from 0 to 65535, not '{result.Tokens[0].Value}'.");
                return 0;
            },
        };
        var listen = new TaughtCommand("listen", "Register an endpoint on this machine, and show each hint and what it brought", $"""
              dotnet run --project src/RemoteLog.Functions -- --Push:Endpoints:Mode Listed --Push:Endpoints:Hosts http://127.0.0.1:{UsualPort}
              remotelog hints listen                    in a second terminal
              remotelog follow notes                    in a third
              remotelog append notes "Wake up"
            The first hint proves that this device can be reached; the others come within a minute of an append. Ctrl-C ends it, and the device stays
            registered: it gets what it missed when it listens again. One listener of a device at a time.
            """) { port };
        listen.SetAction(options, terminal, async (arguments, workplace, cancellationToken) =>
        {
            var json = arguments.GetValue(options.Json);
            using var key = workplace.OpenDeviceKey(terminal.Error);
            using var device = workplace.OpenDevice(key);
            using var claim = workplace.TryListen(key.Owner);
            if (claim is null)
            {
                terminal.Error.WriteLine(
                    "Another `hints listen` listens for this device already, and hints go to one place only: end it first.\n"
                    + "A second device on this machine has a key of its own: remotelog keys new --key NAME, and then --key NAME here.");
                return ExitCode.Usage;
            }
            HintEndpoint started;
            try
            {
                started = await HintEndpoint.StartAsync(arguments.GetValue(port), cancellationToken);
            }
            catch (IOException taken)
            {
                terminal.Error.WriteLine($"{taken.Message}\nEnd what listens there, or listen elsewhere with --port, which the server must be allowed to send to.");
                return ExitCode.Failed;
            }
            await using var endpoint = started;
            try
            {
                await device.RegisterAsync(new WakeAddress("unifiedpush", endpoint.Address), cancellationToken);
            }
            catch (RefusedException refused) when (refused.Problem == "invalid-target")
            {
                terminal.Error.WriteLine(
                    $"The server {workplace.Client.Server} does not send to {endpoint.Host}, which is this machine. If the server is yours, start it with\n"
                    + $"--Push:Endpoints:Mode Listed --Push:Endpoints:Hosts {endpoint.Host}"
                    + (arguments.GetValue(port) == 0 ? $"\nand listen there: remotelog hints listen --port {new Uri(endpoint.Host).Port}" : ""));
                return ExitCode.Refused;
            }
            terminal.Error.WriteLine($"Listening at {endpoint.Host} as device {device.Device}. Follow logs with: remotelog follow LOG");
            try
            {
                await foreach (var message in endpoint.ReadAllAsync(cancellationToken)) await ReceiveAsync(device, message, json, terminal, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                terminal.Error.WriteLine("Not listening any more. The device stays registered and gets what it missed when it listens again; or: remotelog devices unregister");
                throw;
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
