using System.Text.Unicode;
using RemoteLog.Client;
using RemoteLog.Protocol;

namespace RemoteLog.Cli;

/// <summary>Writes entries as data: their bytes and a line end each, or one JSON object a line.</summary>
/// <param name="node">The Bee node that they are read from; null: they come from the server.</param>
internal sealed class EntryPrinter(Terminal terminal, bool json, Uri? node)
{
    public void Print(LogEntry entry)
    {
        if (json)
        {
            PrintJson(entry);
        }
        else if (entry.Data is { } data)
        {
            terminal.Output.Write(data.Span);
            terminal.Output.WriteByte((byte)'\n');
        }
        else
        {
            terminal.Error.WriteLine($"Entry {entry.Sequence}: {WhyWithout(entry)}");
        }
    }

    private string WhyWithout(LogEntry entry) => (entry.IsForgotten, node) switch
    {
        (true, { }) when entry.Address is not null =>
            $"its data, at {entry.Address}, is not to be had from {node} now. Forgotten, or only slow: try again later, or another node.",
        (true, _) => $"its data is forgotten; its digest is {entry.Digest}.",
        (false, { }) when entry.Address is { Kind: not CidKind.Swarm } => $"its {entry.Size} bytes are not on Swarm. Only the server may have them, at {entry.Address}.",
        (false, _) => $"its {entry.Size} bytes stay {(node is null ? "on the server" : "on Swarm")}, at {entry.Address}.",
    };

    private void PrintJson(LogEntry entry) => JsonLine.Write(terminal.Output, writer =>
    {
        writer.WriteNumber("sequence", entry.Sequence);
        writer.WriteString("id", Convert.ToHexStringLower(entry.Id.Span));
        writer.WriteNumber("size", entry.Size);
        if (entry.Data is { } data)
        {
            if (Utf8.IsValid(data.Span)) writer.WriteString("text", data.Span);
            else writer.WriteBase64String("data", data.Span);
        }
        if (entry.IsForgotten) writer.WriteBoolean("forgotten", true);
        if (entry.Address is { } address) writer.WriteString("address", address.ToString());

        var header = entry.Header;
        if (header.ExpiresAt is { } expiresAt) writer.WriteString("expiresAt", expiresAt);
        if (header.Parents.Count == 0) return;
        writer.WriteStartArray("parents");
        foreach (var parent in header.Parents) writer.WriteStringValue(Convert.ToHexStringLower(parent.Span));
        writer.WriteEndArray();
    });
}
