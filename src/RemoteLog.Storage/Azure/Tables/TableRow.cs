using System.Text.Json;

namespace RemoteLog.Storage.Azure.Tables;

/// <summary>A row as it was read.</summary>
internal readonly struct TableRow(JsonElement json)
{
    public string Partition => Text("PartitionKey");

    public string Key => Text("RowKey");

    public string ETag => Text("odata.etag");

    public bool Has(string property) => json.TryGetProperty(property, out _);

    public string Text(string property) => json.GetProperty(property).GetString()!;

    public long Number(string property) => long.Parse(Text(property));

    public byte[] Bytes(string property) => json.GetProperty(property).GetBytesFromBase64();
}

/// <summary>Where the next part of an answer begins.</summary>
internal sealed record Continuation(string Partition, string? Row);

/// <summary>A part of an answer: rows in the order of their keys. It may be empty and still not be the last.</summary>
internal sealed record RowPortion(IReadOnlyList<TableRow> Rows, Continuation? Next);
