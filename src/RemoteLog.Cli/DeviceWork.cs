using RemoteLog.Client;
using RemoteLog.Protocol;

namespace RemoteLog.Cli;

/// <summary>What the commands about being woken have in common: the device of this home, and how it stands.</summary>
internal static class DeviceWork
{
    /// <summary>The device that a server wakes. Its key is one of its own unless a key was named, so that it is woken about one's own logs, too.</summary>
    public static WakeableDevice OpenDevice(
        this Workplace workplace, ILogKey key, Func<LogName, LogEntry, CancellationToken, ValueTask>? receive = null) =>
        new(workplace.Client, key, workplace.Memory, workplace.DeviceMemoryOf(key.Owner), receive ?? ((_, _, _) => default));

    public static void Print(this Terminal terminal, bool json, DeviceStatus status, IReadOnlyList<FollowedLog> follows)
    {
        if (json)
        {
            JsonLine.Write(terminal.Output, writer =>
            {
                writer.WriteString("device", status.Device.Name);
                writer.WriteString("channel", status.Channel);
                writer.WriteBoolean("confirmed", status.Confirmed);
                writer.WriteNumber("pullMinutes", status.PullMinutes);
                writer.WriteObjects("follows", follows, follow =>
                {
                    writer.WriteString("log", follow.Log.ToString());
                    writer.WriteString("tag", follow.Tag.ToString());
                    writer.WriteNumber("has", follow.Has);
                    writer.WriteBoolean("onServer", status.Follows.Contains(follow.Tag));
                });
            });
            return;
        }
        terminal.WriteLine($"device     {status.Device}");
        terminal.WriteLine($"channel    {(status.Channel.Length == 0 ? "none: it is not woken" : status.Channel)}");
        if (status.Channel.Length > 0) terminal.WriteLine($"confirmed  {(status.Confirmed ? "yes" : "not yet: the first hint is on its way, and is to be received there within a day")}");
        if (status.PullMinutes > 0) terminal.WriteLine($"pulls      every {status.PullMinutes} minutes");
        foreach (var (log, tag, has) in follows)
        {
            terminal.WriteLine($"follows    {log} from {has + 1}{(status.Follows.Contains(tag) ? "" : ", of which the server does not know: register again")}");
        }
    }
}
