using System.Diagnostics.CodeAnalysis;

namespace RemoteLog.Protocol;

/// <summary>A log: one owner's topic. One writer, any number of readers.</summary>
public sealed class LogName(Owner owner, Topic topic) : IEquatable<LogName>
{
    public Owner Owner { get; } = owner;

    public Topic Topic { get; } = topic;

    /// <summary>link(0), the chain's value before the first entry, which is also the log's id.</summary>
    public Digest Id { get; } = Digest.Of(Statement.Of("log", owner.Name, topic.Value));

    /// <summary>Reads <c>owner/topic</c>, as <see cref="ToString"/> writes it.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out LogName? log)
    {
        log = null;
        return text?.IndexOf('/') is >= 0 and var slash && TryParse(text[..slash], text[(slash + 1)..], out log);
    }

    /// <summary>Reads the two parts of a name.</summary>
    public static bool TryParse(string? owner, string? topic, [NotNullWhen(true)] out LogName? log)
    {
        log = Topic.TryParse(topic, out var parsedTopic) && Owner.TryParse(owner, out var parsedOwner) ? new LogName(parsedOwner, parsedTopic) : null;
        return log is not null;
    }

    /// <exception cref="FormatException">Not <c>owner/topic</c>.</exception>
    public static LogName Parse(string text) => TryParse(text, out var log)
        ? log
        : throw new FormatException($"'{text}' is not a log: expected OWNER/TOPIC");

    public bool Equals(LogName? other) => other is not null && other.Id == Id;

    public override bool Equals(object? obj) => Equals(obj as LogName);

    public override int GetHashCode() => Id.GetHashCode();

    public override string ToString() => $"{Owner}/{Topic}";
}
