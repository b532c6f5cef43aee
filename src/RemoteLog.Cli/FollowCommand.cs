using System.CommandLine;

namespace RemoteLog.Cli;

/// <summary><c>follow LOG</c> and <c>unfollow LOG</c>: what this device is woken about.</summary>
internal static class FollowCommand
{
    public static Command CreateFollow(GlobalOptions options, Terminal terminal)
    {
        var log = LogArgument.Create();
        var all = new Option<bool>("--all", "-a") { Description = "From the first entry on, not only what is written from now on" };
        var command = new TaughtCommand("follow", "Be woken when a log moves", """
              remotelog hints listen              in one terminal: registers this device
              remotelog follow zDn…/notes         in another
              remotelog follow notes --all
            """) { log, all };
        command.SetAction(options, terminal, async (arguments, workplace, cancellationToken) =>
        {
            var name = workplace.LogOf(arguments.GetRequiredValue(log));
            using var key = workplace.OpenDeviceKey(terminal.Error);
            using var device = workplace.OpenDevice(key);
            var head = arguments.GetValue(all) ? null : await workplace.Reader(name).FindHeadAsync(cancellationToken);
            var status = await device.FollowAsync(name, head?.Sequence ?? 0, cancellationToken);
            terminal.Print(arguments.GetValue(options.Json), status, await device.GetFollowsAsync(cancellationToken));
            return ExitCode.Ok;
        });
        return command;
    }

    public static Command CreateUnfollow(GlobalOptions options, Terminal terminal)
    {
        var log = LogArgument.Create();
        var command = new TaughtCommand("unfollow", "Not be woken about a log any more", "  remotelog unfollow zDn…/notes") { log };
        command.SetAction(options, terminal, async (arguments, workplace, cancellationToken) =>
        {
            using var key = workplace.OpenDeviceKey(terminal.Error);
            using var device = workplace.OpenDevice(key);
            var status = await device.UnfollowAsync(workplace.LogOf(arguments.GetRequiredValue(log)), cancellationToken);
            terminal.Print(arguments.GetValue(options.Json), status, await device.GetFollowsAsync(cancellationToken));
            return ExitCode.Ok;
        });
        return command;
    }
}
