using System.CommandLine;
using RemoteLog.Client;

namespace RemoteLog.Cli;

/// <summary>Runs a command's work, and turns what can go wrong into words that say what to do, and an exit code.</summary>
internal static class Run
{
    public static void SetAction(
        this Command command, GlobalOptions options, Terminal terminal, Func<ParseResult, Workplace, CancellationToken, Task<ExitCode>> work) =>
        command.SetAction(async (arguments, cancellationToken) =>
        {
            using var workplace = new Workplace(arguments, options, terminal.Time);
            try
            {
                return (int)await work(arguments, workplace, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return (int)ExitCode.Cancelled;
            }
            catch (IOException closed) when (Terminal.IsClosed(closed))
            {
                return (int)ExitCode.Ok;
            }
            catch (Exception exception) when (exception is RemoteLogException or FormatException or IOException or UnauthorizedAccessException)
            {
                var (code, words) = Explain(exception, workplace.Client.Server, workplace.Node);
                terminal.Error.WriteLine(words);
                return (int)code;
            }
        });

    private static (ExitCode Code, string Words) Explain(Exception exception, Uri server, Uri? node) => exception switch
    {
        ServerUnreachableException away when away.Server == node => (ExitCode.Unreachable,
            $"No Bee node at {node}: {away.InnerException!.GetBaseException().Message}\n"
            + "Name the address of a node's API, any node's, with --from-swarm URL; it usually ends in :1633."),
        ServerUnreachableException away => (ExitCode.Unreachable,
            $"No server at {away.Server}: {away.InnerException!.GetBaseException().Message}\n"
            + "Start one with: dotnet run --project src/RemoteLog.Functions\nOr name another one with --server URL."),
        RefusedException { Problem: "unknown-log" } => (ExitCode.NotFound, "There is no such log on this server: nothing was ever written to it."),
        NotMirroredException => (ExitCode.NotFound, exception.Message + "\nNothing proves that there is none: a node may take a while to find it. Try again later, or check both addresses: that a Bee node's API\n"
            + "is at the one, and that the feed's owner is who the server names when it starts (\"published by …\")."),
        UnavailableException => (ExitCode.Unreachable, exception.Message),
        RefusedException { Problem: "unknown-device" } => (ExitCode.NotFound,
            "This device is not registered with the server.\nRegister it with: remotelog hints listen, or: remotelog devices register CHANNEL ENDPOINT"),
        RefusedException { Problem: "channel-not-offered", Detail: var offered } => (ExitCode.Refused,
            $"The server does not send hints that way. {offered}"
            + "\nFor APNs or FCM it needs credentials: Push:Apns:Key, Push:Fcm:Credentials."),
        RefusedException { Problem: "not-quarantined" } => (ExitCode.NotFound, "There is no such item in this server's quarantine."),
        RefusedException { Problem: null or "not-found" } refused => (ExitCode.Refused,
            $"{server} does not answer as a RemoteLog server does: {refused.Message}\nName the server's address, as it prints it when it starts, with --server URL."),
        RefusedException refused => (ExitCode.Refused, $"The server refused ({refused.Problem ?? refused.Status.ToString()}): {refused.Message}"),
        ForkedException => (ExitCode.NotVerified,
            exception.Message + "\nSomebody else has the key, or the writer went back to a backup. Do not rely on either."),
        RolledBackException { Shown: var shown, Remembered.Sequence: var seen } when node is not null => (ExitCode.NotVerified,
            $"{((RolledBackException)exception).Log} was seen up to entry {seen}, and its mirror shows it up to entry {shown} only.\n"
            + "A mirror comes a little after its log: try again later. If it stays so, whoever publishes it lost data, or hides it."),
        RolledBackException => (ExitCode.NotVerified, exception.Message + "\nThe server lost data, or hides it."),
        VerificationException => (ExitCode.NotVerified,
            exception.Message + $"\nWhat the {(node is null ? "server" : "node")} sent was tampered with or is damaged. Nothing of it was believed."),
        KeyFileException { IsMissing: true } => (ExitCode.NotFound, exception.Message + "\nMake one with: remotelog keys new"),
        KeyFileException or FormatException => (ExitCode.Usage, exception.Message),
        _ => (ExitCode.Failed, exception.Message),
    };
}
