using System.Text;
using RemoteLog.Client;
using RemoteLog.Protocol;
using RemoteLog.Testing;

namespace RemoteLog.Functions.Host;

/// <summary>What a reader of a device's log gets.</summary>
internal static class Reads
{
    /// <summary>The head.</summary>
    public static async Task<Head> HeadAsync(this RemoteLogClient client, Device device) => (await client.FindHeadAsync(device.Log))!.Head;

    /// <summary>Everything in the log, verified.</summary>
    public static async Task<IReadOnlyList<string>> ReadAsync(this RemoteLogClient client, Device device) =>
        await new LogReader(client, device.Log, new InMemoryLogMemory()).ReadAsync()
            .Select(entry => Encoding.UTF8.GetString(entry.Data!.Value.Span)).ToListAsync();
}
