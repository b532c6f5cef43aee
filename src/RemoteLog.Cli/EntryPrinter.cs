using System.Text.Unicode;
using RemoteLog.Client;

namespace RemoteLog.Cli;

/// <summary>Writes entries as data: their bytes and a line end each, or one JSON object a line.</summary>
internal sealed class EntryPrinter(Terminal terminal, bool json)
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
            terminal.Error.WriteLine(entry.IsForgotten
                ? $"Entry {entry.Sequence}: its data is forgotten; its digest is {entry.Digest}."
                : $"Entry {entry.Sequence}: its {entry.Size} bytes stay on the server, at {entry.Address}.");
        }
    }

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
