using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace RemoteLog.Protocol;

/// <summary>Which of the owner's logs: 1–64 characters of <c>A-Z a-z 0-9 . _ -</c>, neither <c>.</c> nor <c>..</c> (they would change a URL's path).</summary>
public sealed record Topic
{
    /// <summary>The longest topic, in characters and in bytes.</summary>
    public const int MaxLength = 64;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    private Topic(string value) => Value = value;

    public string Value { get; }

    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Topic? topic)
    {
        var valid = text is { Length: >= 1 and <= MaxLength } and not ("." or "..") && !text.AsSpan().ContainsAnyExcept(Allowed);
        topic = valid ? new Topic(text!) : null;
        return valid;
    }

    /// <exception cref="FormatException">Not a topic.</exception>
    public static Topic Parse(string text) => TryParse(text, out var topic)
        ? topic
        : throw new FormatException($"'{text}' is not a topic: 1 to {MaxLength} characters of A-Z a-z 0-9 . _ -, neither . nor ..");

    public override string ToString() => Value;
}
