using RemoteLog.Protocol;

namespace RemoteLog.Testing;

/// <summary>A log as its owner holds it: the key, and where the chain stands.</summary>
public sealed class OwnedLog(SigningKey key, Topic topic)
{
    public LogName Name { get; } = new(key.Owner, topic);

    /// <summary>Sequence of the newest entry written.</summary>
    public long Sequence { get; private set; }

    /// <summary>Link after it.</summary>
    public Digest Link { get; private set; } = new LogName(key.Owner, topic).Id;

    /// <summary>The same log on a second device, which goes its own way from here: what makes forks.</summary>
    public OwnedLog Twin() => new(key, topic) { Sequence = Sequence, Link = Link };

    /// <summary>Writes small entries that nobody wrote before.</summary>
    public SignedSegment Write(int entries = 1) =>
        Write([.. Enumerable.Range(0, entries).Select(_ => Entry.Embedded(Guid.NewGuid().ToByteArray()))]);

    /// <summary>Writes and signs the next segment.</summary>
    public SignedSegment Write(params IReadOnlyList<Entry> entries)
    {
        var (first, before) = (Sequence + 1, Link);
        Sequence += entries.Count;
        Link = Chain.Extend(before, [.. entries]);
        return new SignedSegment(Name, first, before, entries, Link, key.Sign(Checkpoint.Text(Name, Sequence, Link)));
    }
}
