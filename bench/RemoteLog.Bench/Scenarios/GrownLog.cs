using RemoteLog.Bench.Load;

namespace RemoteLog.Bench.Scenarios;

/// <summary>Logs that are long before anything is measured.</summary>
internal static class GrownLog
{
    /// <summary>Fewer unsealed entries than this may stay in the tail; with our messages it is the bytes that decide, a little earlier.</summary>
    private const int PageEntries = 256;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Appends until the log is that long, and returns when its full pages are sealed.</summary>
    public static async Task GrowAsync(int port, LogDevice device, int length, int entriesPerRequest)
    {
        using var connection = new HttpConnection(port);
        while (device.Sequence < length) connection.Exchange(device.AppendRequest((int)Math.Min(entriesPerRequest, length - device.Sequence)));
        while (true)
        {
            var head = device.CheckHead(connection);
            if (head.Sequence - head.Sealed < PageEntries) return;
            await Task.Delay(Pause);
        }
    }
}
