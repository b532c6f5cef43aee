using System.Text;
using RemoteLog.Protocol;

namespace RemoteLog.Testing;

/// <summary>A phone that keeps a log: what it signs next follows what it signed last.</summary>
public sealed class Device(SigningKey key, string topic = "notes")
{
    public Device(string topic = "notes")
        : this(SigningKey.Create(), topic)
    {
    }

    public LogName Log { get; } = new(key.Owner, Topic.Parse(topic));

    /// <summary>Of the newest entry it signed.</summary>
    public long Sequence { get; private set; }

    /// <summary>After that entry.</summary>
    public Digest Link { get; private set; } = new LogName(key.Owner, Topic.Parse(topic)).Id;

    /// <summary>The path of its log.</summary>
    public string Path => $"/api/v1/logs/{Log.Owner}/{Log.Topic}";

    /// <summary>The same device as it is now: whatever each of the two signs from here on is another history.</summary>
    public Device RestoreFromBackup() => new(key, Log.Topic.Value) { Sequence = Sequence, Link = Link };

    /// <summary>Signs the next segment.</summary>
    public byte[] Write(params string[] messages) => Write([.. messages.Select(message => Entry.Embedded(Encoding.UTF8.GetBytes(message)))]);

    /// <summary>Signs the next segment.</summary>
    public byte[] Write(params Entry[] entries)
    {
        var first = Sequence + 1;
        Sequence += entries.Length;
        Link = Chain.Extend(Link, entries);
        return Segment.Write(Log, first, entries, key.Sign(Checkpoint.Text(Log, Sequence, Link)));
    }

    /// <summary>The next segment as the server gets it from its parser.</summary>
    public Segment WriteSegment(params string[] messages) => Parse(Write(messages));

    /// <summary>The next segment as the server gets it from its parser.</summary>
    public Segment WriteSegment(params Entry[] entries) => Parse(Write(entries));

    public static Segment Parse(byte[] bytes) => Segment.TryParse(bytes, SegmentLimits.Default, out var segment) == SegmentFault.None
        ? segment!
        : throw new FormatException("Not a segment.");
}
