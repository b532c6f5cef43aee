using System.Text;

namespace RemoteLog.Client.Tests;

/// <summary>What tests do with a reader, in short.</summary>
internal static class Reads
{
    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static LogReader Reader(this Peer peer, LogName log, ILogMemory? memory = null, LogReaderOptions? options = null) =>
        new(peer.Client(), log, memory ?? new InMemoryLogMemory(), options);

    public static async Task<List<string>> ReadAllAsync(this LogReader reader, long after = 0)
    {
        List<string> read = [];
        await foreach (var entry in reader.ReadAsync(after, Ct)) read.Add($"{entry.Sequence} {Text(entry)}");
        return read;
    }

    public static string Text(LogEntry entry) => entry.Data is { } data ? Encoding.UTF8.GetString(data.Span) : "(none)";
}
