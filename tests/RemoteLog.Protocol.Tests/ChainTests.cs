namespace RemoteLog.Protocol.Tests;

public sealed class ChainTests
{
    public static IEnumerable<TheoryDataRow<LogVector>> Logs => VectorFile.Rows(VectorFile.Read<ChainFile>("chain").Logs, log => $"{log.Owner}/{log.Topic}");

    [Theory, MemberData(nameof(Logs))]
    public void Links_are_those_of_the_vector(LogVector vector)
    {
        var log = LogName.Parse($"{vector.Owner}/{vector.Topic}");

        Assert.Equal(vector.Id, log.Id.Span);
        var link = log.Id;
        foreach (var expected in vector.Entries)
        {
            var entry = Entry.Embedded(expected.Data, expected.Header);
            Assert.Equal(expected.HeaderDigest, entry.HeaderDigest.Span);
            Assert.Equal(expected.DataDigest, entry.DataDigest.Span);
            link = Chain.Next(link, entry.HeaderDigest, entry.DataDigest);
            Assert.Equal(expected.Link, link.Span);
        }
        Assert.Equal(link, Chain.Extend(log.Id, [.. vector.Entries.Select(entry => Entry.Embedded(entry.Data, entry.Header))]));
    }

    [Fact]
    public void An_entry_whose_data_moved_or_is_gone_has_the_same_link() => Any.ForEach(Any.Bytes, data =>
    {
        var entry = Entry.Embedded(data);
        var moved = entry.MovedTo(Cid.Of(data));
        var forgotten = Entry.Forgotten(entry.DataDigest, entry.Size);
        return Chain.Extend(default, [entry]) == Chain.Extend(default, [moved]) && Chain.Extend(default, [moved]) == Chain.Extend(default, [forgotten])
            && moved.Size == data.Length && moved.Data is null;
    });

    public sealed record LogVector(string Owner, string Topic, byte[] Id, LinkVector[] Entries);

    public sealed record LinkVector(byte[] Header, byte[] Data, byte[] HeaderDigest, byte[] DataDigest, byte[] Link);

    private sealed record ChainFile(LogVector[] Logs);
}
