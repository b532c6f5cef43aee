using System.Text;

namespace RemoteLog.Protocol;

/// <summary>The text that is signed or hashed: a first line <c>remotelog/v1/KIND</c>, then a line for each field, every line ended by \n.</summary>
internal static class Statement
{
    public static byte[] Of(string kind, params ReadOnlySpan<string> fields)
    {
        var length = "remotelog/v1/\n".Length + kind.Length;
        foreach (var field in fields) length += field.Length + 1;

        // Every field is ASCII: base58, base64, a topic or a number.
        var text = new byte[length];
        var at = Append(text, "remotelog/v1/");
        at += AppendLine(text.AsSpan(at), kind);
        foreach (var field in fields) at += AppendLine(text.AsSpan(at), field);
        return text;
    }

    public static string Field(in Digest value) => Convert.ToBase64String(value.Span);

    private static int AppendLine(Span<byte> text, string value)
    {
        var length = Append(text, value);
        text[length] = (byte)'\n';
        return length + 1;
    }

    private static int Append(Span<byte> text, string value) => Encoding.ASCII.GetBytes(value, text);
}
