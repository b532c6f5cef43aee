using RemoteLog.Protocol;

namespace RemoteLog.Testing;

/// <summary>Sample values: <c>A.Log()</c>, <c>A.Segment()</c>. Keys differ each time; bytes follow from their seed.</summary>
public static class A
{
    /// <summary>Some time that is not now.</summary>
    public static readonly DateTimeOffset Moment = new(2026, 3, 14, 15, 9, 26, TimeSpan.Zero);

    public static SigningKey Key() => SigningKey.Create();

    /// <summary>A log without entries, as its owner holds it.</summary>
    public static OwnedLog Log(string topic = "notes", SigningKey? key = null) => new(key ?? Key(), Protocol.Topic.Parse(topic));

    /// <summary>The first segment of a new log.</summary>
    public static SignedSegment Segment(int entries = 1) => Log().Write(entries);

    /// <summary>Bytes that do not compress and that another seed does not give.</summary>
    public static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>An entry with its data embedded.</summary>
    public static Entry Entry(int length = 16, int seed = 1) => Protocol.Entry.Embedded(Bytes(length, seed));
}
