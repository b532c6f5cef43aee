using System.Buffers;
using System.Text.Json;

namespace RemoteLog.Storage.Azure.Tables;

/// <summary>One change of one row, as a transaction holds up to <see cref="Table.MaxChanges"/> of them.</summary>
/// <param name="Key">The row key.</param>
internal abstract record TableChange(string Key)
{
    /// <summary>For a row in whatever state it is.</summary>
    public const string AnyETag = "*";

    /// <summary>A new row; a conflict when there is one of this key.</summary>
    public sealed record Insert(string Key, IReadOnlyList<Property> Properties) : TableChange(Key);

    /// <summary>Sets some properties of a row and leaves the others.</summary>
    /// <param name="ETag">The state it must be in, else it is a conflict; null: the row need not even exist.</param>
    public sealed record Merge(string Key, IReadOnlyList<Property> Properties, string? ETag) : TableChange(Key);

    /// <summary>A conflict when the row is not there, or not in that state.</summary>
    public sealed record Delete(string Key, string ETag) : TableChange(Key);

    /// <summary>The row as Table storage takes it; null when there is nothing to send.</summary>
    public ReadOnlyMemory<byte>? Body(string partition)
    {
        if (this is Delete) return null;
        var bytes = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(bytes);
        json.WriteStartObject();
        json.WriteString("PartitionKey", partition);
        json.WriteString("RowKey", Key);
        foreach (var property in this is Insert insert ? insert.Properties : ((Merge)this).Properties) property.Write(json);
        json.WriteEndObject();
        json.Flush();
        return bytes.WrittenMemory;
    }
}

/// <summary>A named value of a row.</summary>
internal abstract record Property(string Name)
{
    public static Property Of(string name, string value) => new Text(name, value);

    public static Property Of(string name, long value) => new Number(name, value);

    public static Property Of(string name, ReadOnlyMemory<byte> value) => new Binary(name, value);

    public abstract void Write(Utf8JsonWriter json);

    private sealed record Text(string Name, string Value) : Property(Name)
    {
        public override void Write(Utf8JsonWriter json) => json.WriteString(Name, Value);
    }

    private sealed record Number(string Name, long Value) : Property(Name)
    {
        // 64 bits do not fit a JSON number.
        public override void Write(Utf8JsonWriter json)
        {
            json.WriteString(Name, Value.ToString());
            json.WriteString($"{Name}@odata.type", "Edm.Int64");
        }
    }

    private sealed record Binary(string Name, ReadOnlyMemory<byte> Value) : Property(Name)
    {
        public override void Write(Utf8JsonWriter json)
        {
            json.WriteBase64String(Name, Value.Span);
            json.WriteString($"{Name}@odata.type", "Edm.Binary");
        }
    }
}
