using System.Globalization;
using RemoteLog.Protocol;

namespace RemoteLog.Bee.Emulator.Http;

/// <summary>
/// Parameters of one request, of one kind: headers, path or query. Every fault is collected, so that the 400 names them all: a missing value under the
/// name in lower case, a malformed one under its canonical case.
/// </summary>
internal sealed class Parameters(string kind, Func<string, string?> find)
{
    private readonly List<ParameterFault> faults = [];

    public static Parameters OfHeaders(HttpRequest request) =>
        new("header", name => request.Headers.TryGetValue(name, out var value) ? value.ToString() : null);

    public static Parameters OfPath(HttpRequest request) => new("path", name => request.RouteValues[name]?.ToString());

    public static Parameters OfQuery(HttpRequest request) => new("query", name => request.Query.TryGetValue(name, out var value) ? value.ToString() : null);

    /// <summary>Bytes in hex: no prefix, an even number of digits. Null when there is no such parameter.</summary>
    public byte[]? Hex(string name)
    {
        if (find(name) is not { Length: > 0 } text) return null;
        try
        {
            return Convert.FromHexString(text);
        }
        catch (FormatException)
        {
            return Fault<byte[]>(name, text.Length % 2 == 1 ? "odd length hex string" : "invalid hex character");
        }
    }

    public byte[] RequiredHex(string name)
    {
        var bytes = Hex(name);
        if (bytes is null && faults.Count == 0) faults.Add(new ParameterFault(name.ToLowerInvariant(), "want required:"));
        return bytes ?? [];
    }

    /// <summary>A reference of 32 bytes; of 64 where it is encrypted, which the emulator does not do.</summary>
    public Digest? Digest(string name)
    {
        var bytes = Hex(name);
        if (bytes is null or { Length: RemoteLog.Protocol.Digest.Size }) return bytes is null ? null : new Digest(bytes);
        faults.Add(new ParameterFault(Canonical(name), "invalid length"));
        return null;
    }

    /// <summary>A boolean in any of Go's spellings.</summary>
    public bool? Flag(string name) => find(name) switch
    {
        null or "" => null,
        "1" or "t" or "T" or "TRUE" or "true" or "True" => true,
        "0" or "f" or "F" or "FALSE" or "false" or "False" => false,
        _ => Fault<bool?>(name, "invalid syntax"),
    };

    public long? Number(string name, long min, long max)
    {
        if (find(name) is not { Length: > 0 } text) return null;
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return Fault<long?>(name, "invalid syntax");
        return number < min || number > max ? Fault<long?>(name, "value out of range") : number;
    }

    /// <summary>A duration with its unit; a bare number is none.</summary>
    /// <exception cref="BeeAnswerException">It is malformed, which has an answer of its own.</exception>
    public void Duration(string name)
    {
        if (find(name) is not { Length: > 0 } text) return;
        var number = text.AsSpan().TrimEnd("nuµmsh");
        if (number.Length == text.Length || !double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _))
        {
            throw new BeeAnswerException(StatusCodes.Status400BadRequest, "could not parse headers");
        }
    }

    /// <exception cref="BeeAnswerException">There were faults.</exception>
    public void Check()
    {
        if (faults.Count > 0) throw new BeeAnswerException(StatusCodes.Status400BadRequest, $"invalid {kind} params", faults);
    }

    private static string Canonical(string name) => CultureInfo.InvariantCulture.TextInfo.ToTitleCase(name);

    private T? Fault<T>(string name, string error)
    {
        faults.Add(new ParameterFault(Canonical(name), error));
        return default;
    }
}
