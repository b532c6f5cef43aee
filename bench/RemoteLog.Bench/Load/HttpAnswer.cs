using System.Buffers.Text;

namespace RemoteLog.Bench.Load;

/// <summary>As much of HTTP/1.1 answers as our servers use: a length, or chunks without trailers.</summary>
internal static class HttpAnswer
{
    /// <summary>False while there is more to come.</summary>
    /// <param name="body">Where the body is; chunks with their lengths around them.</param>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out int status, out Range body)
    {
        status = 0;
        body = default;
        var end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0 || !Utf8Parser.TryParse(bytes["HTTP/1.1 ".Length..], out status, out _)) return false;

        var headers = bytes[..(end + 2)];
        var start = end + 4;
        var length = ValueOf(headers, "\r\nContent-Length: "u8) is { IsEmpty: false } text && Utf8Parser.TryParse(text, out int number, out _)
            ? number
            : ValueOf(headers, "\r\nTransfer-Encoding: chunked"u8).IsEmpty ? 0 : LengthOfChunks(bytes[start..]);
        if (length < 0 || bytes.Length < start + length) return false;

        body = start..(start + length);
        return true;
    }

    /// <summary>From the value on; empty when there is no such header.</summary>
    private static ReadOnlySpan<byte> ValueOf(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> name)
    {
        var at = headers.IndexOf(name);
        return at < 0 ? [] : headers[(at + name.Length)..];
    }

    /// <summary>-1 while the last chunk is not there.</summary>
    private static int LengthOfChunks(ReadOnlySpan<byte> bytes)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var line = bytes[at..].IndexOf("\r\n"u8);
            if (line < 0 || !Utf8Parser.TryParse(bytes[at..], out int length, out _, 'x')) return -1;
            at += line + 2 + length + 2;
            if (length == 0) return at;
        }
        return -1;
    }
}
