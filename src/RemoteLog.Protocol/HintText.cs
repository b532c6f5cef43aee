using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace RemoteLog.Protocol;

/// <summary>
/// A hint in JSON: <c>v</c> (1), <c>e</c> (at most eight pairs of tag and sequence, latest first), <c>m</c> (whether more moved) and, in the hint that confirms
/// a registration, <c>t</c> (what to return). Before encryption it is filled up with spaces, so that every hint is as long as any other.
/// </summary>
public static class HintText
{
    /// <summary>Bytes of a padded hint.</summary>
    public const int Size = 512;

    /// <summary>Tags that a hint lists.</summary>
    public const int MaxMoved = 8;

    /// <summary>Characters of a token, out of base64url's alphabet.</summary>
    public const int MaxToken = 64;

    private static readonly SearchValues<char> TokenAlphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Unpadded. Tags beyond the eighth are left out and told as <c>m</c>.</summary>
    /// <exception cref="ArgumentException">A sequence is negative, or the token is none.</exception>
    public static byte[] Write(Hint hint)
    {
        Span<byte> text = stackalloc byte[Size];
        return text[..Write(hint, text)].ToArray();
    }

    /// <summary>Padded: all 512 bytes of <paramref name="padded"/> are written.</summary>
    /// <exception cref="ArgumentException">As above, or the buffer is not 512 bytes.</exception>
    public static void WritePadded(Hint hint, Span<byte> padded)
    {
        if (padded.Length != Size) throw new ArgumentException($"A padded hint has {Size} bytes.", nameof(padded));
        padded[Write(hint, padded)..].Fill((byte)' ');
    }

    /// <summary>Reads either form, and nothing else: no unknown, missing or repeated field, no ninth pair, no text after it but spaces.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out Hint? hint)
    {
        hint = null;
        if (text.Length > Size || text.IsEmpty || text[0] != '{') return false;
        try
        {
            var reader = new Utf8JsonReader(text);
            hint = Read(ref reader);
            if (hint is not null && text[(int)reader.BytesConsumed..].ContainsAnyExcept((byte)' ')) hint = null;
        }
        // The second is what text that is not UTF-8 gives.
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            hint = null;
        }
        return hint is not null;
    }

    private static int Write(Hint hint, Span<byte> text)
    {
        if (hint.Token is { } token && !IsToken(token)) throw new ArgumentException("A hint's token is up to 64 characters of base64url.", nameof(hint));

        var at = Put("{\"v\":1,\"e\":["u8, text, 0);
        for (var index = 0; index < hint.Moved.Count && index < MaxMoved; index++)
        {
            var (tag, sequence) = hint.Moved[index];
            ArgumentOutOfRangeException.ThrowIfNegative(sequence, nameof(hint));
            at = Put(index == 0 ? "[\""u8 : ",[\""u8, text, at);
            at += Base64Url.EncodeToUtf8(tag.ToArray(), text[at..]);
            at = Put("\","u8, text, at);
            sequence.TryFormat(text[at..], out var digits);
            at = Put("]"u8, text, at + digits);
        }
        at = Put(hint.More || hint.Moved.Count > MaxMoved ? "],\"m\":true"u8 : "],\"m\":false"u8, text, at);
        if (hint.Token is not null)
        {
            at = Put(",\"t\":\""u8, text, at);
            at += Encoding.ASCII.GetBytes(hint.Token, text[at..]);
            at = Put("\""u8, text, at);
        }
        return Put("}"u8, text, at);
    }

    private static int Put(ReadOnlySpan<byte> piece, Span<byte> text, int at)
    {
        piece.CopyTo(text[at..]);
        return at + piece.Length;
    }

    private static Hint? Read(ref Utf8JsonReader reader)
    {
        var version = false;
        List<MovedTag>? moved = null;
        bool? more = null;
        string? token = null;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var read = reader.ValueTextEquals("v"u8) ? !version && (version = reader.Read() && reader.TokenType == JsonTokenType.Number && reader.ValueSpan.SequenceEqual("1"u8))
                : reader.ValueTextEquals("e"u8) ? moved is null && (moved = ReadMoved(ref reader)) is not null
                : reader.ValueTextEquals("m"u8) ? more is null && (more = ReadMore(ref reader)) is not null
                : reader.ValueTextEquals("t"u8) && token is null && (token = ReadToken(ref reader)) is not null;
            if (!read) return null;
        }
        return reader.TokenType == JsonTokenType.EndObject && version && moved is not null && more is { } others ? new Hint(moved, others, token) : null;
    }

    private static List<MovedTag>? ReadMoved(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray) return null;
        List<MovedTag> moved = [];
        while (reader.Read() && reader.TokenType == JsonTokenType.StartArray)
        {
            if (moved.Count == MaxMoved) return null;
            if (!reader.Read() || reader.TokenType != JsonTokenType.String || !HintTag.TryParse(reader.GetString(), out var tag)) return null;
            if (!reader.Read() || reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var sequence) || sequence < 0) return null;
            if (!reader.Read() || reader.TokenType != JsonTokenType.EndArray) return null;
            moved.Add(new MovedTag(tag, sequence));
        }
        return reader.TokenType == JsonTokenType.EndArray ? moved : null;
    }

    private static bool? ReadMore(ref Utf8JsonReader reader) =>
        !reader.Read() ? null : reader.TokenType switch { JsonTokenType.True => true, JsonTokenType.False => false, _ => null };

    private static string? ReadToken(ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.String && reader.GetString() is { } token && IsToken(token) ? token : null;

    private static bool IsToken(string token) =>
        token.Length is > 0 and <= MaxToken && !token.AsSpan().ContainsAnyExcept(TokenAlphabet);
}
