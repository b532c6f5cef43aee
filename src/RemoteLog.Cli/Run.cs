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
            using var workplace = new Workplace(arguments, options);
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
                var (code, words) = Explain(exception, workplace.Client.Server);
                terminal.Error.WriteLine(words);
                return (int)code;
            }
        });

    private static (ExitCode Code, string Words) Explain(Exception exception, Uri server) => exception switch
    {
        ServerUnreachableException away when away.Server == server => (ExitCode.Unreachable,
            $"No server at {away.Server}: {away.InnerException!.GetBaseException().Message}\n"
            + "Start one with: dotnet run --project src/RemoteLog.Functions\nOr name another one with --server URL."),
        ServerUnreachableException => (ExitCode.Unreachable, exception.Message + "\nIs that a Bee node, and running? Name another one with --from-swarm URL."),
        RefusedException { Problem: "unknown-log" } => (ExitCode.NotFound, "There is no such log on this server: nothing was ever written to it."),
        NotMirroredException => (ExitCode.NotFound, exception.Message + "\nNothing proves that there is none: a node may take a while to find it."),
        UnavailableException => (ExitCode.Unreachable, exception.Message),
        RefusedException { Problem: "unknown-device" } => (ExitCode.NotFound,
            "This device is not registered with the server.\nRegister it with: remotelog hints listen, or: remotelog devices register CHANNEL ENDPOINT"),
        RefusedException { Problem: "channel-not-offered" } => (ExitCode.Refused,
            "The server does not send hints that way. For APNs or FCM it needs credentials: Push:Apns:Key, Push:Fcm:Credentials."),
        RefusedException { Problem: "not-quarantined" } => (ExitCode.NotFound, "There is no such item in this server's quarantine."),
        RefusedException refused => (ExitCode.Refused, $"The server refused ({refused.Problem ?? refused.Status.ToString()}): {refused.Message}"),
        ForkedException => (ExitCode.NotVerified,
            exception.Message + "\nSomebody else has the key, or the writer went back to a backup. Do not rely on either."),
        RolledBackException => (ExitCode.NotVerified, exception.Message + "\nThe server lost data, or hides it."),
        VerificationException => (ExitCode.NotVerified,
            exception.Message + "\nWhat the server sent was tampered with or is damaged. Nothing of it was believed."),
        KeyFileException { IsMissing: true } => (ExitCode.NotFound, exception.Message + "\nMake one with: remotelog keys new"),
        KeyFileException or FormatException => (ExitCode.Usage, exception.Message),
        _ => (ExitCode.Failed, exception.Message),
    };
}
