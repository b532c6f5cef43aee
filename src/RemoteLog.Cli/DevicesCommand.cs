using System.CommandLine;
using RemoteLog.Client;

namespace RemoteLog.Cli;

/// <summary><c>devices register</c>, <c>devices status</c> and <c>devices unregister</c>.</summary>
internal static class DevicesCommand
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var channel = new Argument<string>("CHANNEL") { Description = "webpush, unifiedpush, apns, apns-alert, fcm or fcm-high" };
        channel.AcceptOnlyFromAmong("webpush", "unifiedpush", "apns", "apns-alert", "fcm", "fcm-high");
        var endpoint = new Argument<string>("ENDPOINT") { Description = "The URL or the token that the push service gave" };
        var app = new Option<string>("--app") { Description = "As whom to send: VAPID key, APNs topic or FCM project", HelpName = "ID", DefaultValueFactory = _ => string.Empty };
        var pull = new Option<int>("--pull") { Description = "Be told to pull every so many minutes even when nothing moved; 0: never", HelpName = "MINUTES" };
        var register = new TaughtCommand("register", "Say where hints for this device go. The first one must reach `hints listen`, or the app", """
              remotelog devices register unifiedpush https://push.example/up1234
              remotelog devices register apns 00fc13ad… --pull 60
              remotelog hints listen              registers an endpoint of its own
            """) { channel, endpoint, app, pull };
        register.SetAction(options, terminal, (arguments, workplace, cancellationToken) => DoAsync(options, terminal, arguments, workplace, device => device.RegisterAsync(
            new WakeAddress(arguments.GetRequiredValue(channel), arguments.GetRequiredValue(endpoint))
            {
                App = arguments.GetValue(app) ?? string.Empty,
                PullMinutes = arguments.GetValue(pull),
            },
            cancellationToken)));

        var status = new TaughtCommand("status", "Show how this device stands with the server", "  remotelog devices status --json | jq .confirmed");
        status.SetAction(options, terminal, (arguments, workplace, cancellationToken) =>
            DoAsync(options, terminal, arguments, workplace, device => device.GetStatusAsync(cancellationToken)));

        var unregister = new TaughtCommand("unregister", "Get no hints any more", "  remotelog devices unregister");
        unregister.SetAction(options, terminal, (arguments, workplace, cancellationToken) =>
            DoAsync(options, terminal, arguments, workplace, device => device.UnregisterAsync(cancellationToken)));
        return new Command("devices", "Say how this device is woken") { register, status, unregister };
    }

    private static async Task<ExitCode> DoAsync(
        GlobalOptions options, Terminal terminal, ParseResult arguments, Workplace workplace, Func<WakeableDevice, Task<Protocol.DeviceStatus>> work)
    {
        using var key = workplace.OpenDeviceKey(terminal.Error);
        using var device = workplace.OpenDevice(key);
        var status = await work(device);
        terminal.Print(arguments.GetValue(options.Json), status, await device.GetFollowsAsync());
        return ExitCode.Ok;
    }
}
