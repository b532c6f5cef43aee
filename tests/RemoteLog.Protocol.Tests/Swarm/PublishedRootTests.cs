using RemoteLog.Protocol.Swarm;

namespace RemoteLog.Protocol.Tests.Swarm;

/// <summary>Up to a full tree of three levels and one that carries more. By themselves, so that others need not wait for them.</summary>
public sealed class PublishedRootTests
{
    public static IEnumerable<TheoryDataRow<string>> Published => SwarmVectors.Rows("bee_published", "length");

    [Theory, MemberData(nameof(Published))]
    public void Data_has_the_root_that_Bee_publishes(string row)
    {
        var vector = SwarmVectors.Parse(row);
        var data = new byte[vector.Number("length")];
        for (var i = 0; i < Math.Min(data.Length, 255); i++) data[i] = (byte)i;
        for (var filled = 255; filled < data.Length; filled *= 2) data.AsSpan(0, Math.Min(filled, data.Length - filled)).CopyTo(data.AsSpan(filled));

        Assert.Equal(vector.Digest("root"), TreeHasher.Root(data));
    }
}
