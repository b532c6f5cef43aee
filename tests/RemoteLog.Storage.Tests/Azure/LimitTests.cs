using System.Text.RegularExpressions;
using RemoteLog.Protocol;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests.Azure;

/// <summary>Whatever a segment holds, Table storage is never asked for more than it takes: the emulator would not notice all of it.</summary>
public sealed partial class LimitTests(Azurite azurite)
{
    private const int PropertyBytes = 64 * 1024;
    private const int TransactionBytes = 4 * 1024 * 1024;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 65_000)]
    [InlineData(1, 65_536)]
    [InlineData(1, 131_072)]
    [InlineData(9, 70_000)]
    [InlineData(10, 70_000)]
    [InlineData(1, 4_000_000)]
    [InlineData(3_000, 1_024)]
    public async Task A_segment_of_any_shape_fits_and_comes_back(int entries, int length)
    {
        var network = new FaultyTransport();
        var names = (await azurite.OpenAsync(network)).Storage.Names;
        var device = new Device();
        var segment = device.Sign([.. Enumerable.Range(0, entries).Select(i => A.Entry(length, seed: i))]);

        await names.AppendAsync(segment, Ct);

        var tail = await names.ReadWholeTailAsync(device.Log, Ct);
        Assert.Equal(Digest.Of(segment.ToRecord().Block.Span), Digest.Of(Assert.Single(tail.Segments).Block.Span));
        AssertWithinLimits(network);
    }

    [Fact]
    public async Task Hundreds_of_segments_are_sealed_at_once_and_their_rows_go_with_the_changes_that_follow()
    {
        var network = new FaultyTransport();
        var names = (await azurite.OpenAsync(network)).Storage.Names;
        var device = new Device();
        for (var i = 0; i < 300; i++) await names.AppendAsync(device.Sign(entries: 1), Ct);
        network.Forget();

        await names.SealAsync(device.Log, Ct);
        Assert.Empty((await names.ReadWholeTailAsync(device.Log, Ct)).Segments);
        Assert.Equal([98], Deletions(network));

        for (var i = 1; i <= 5; i++)
        {
            await names.AppendAsync(device.Sign(entries: 1), Ct);
            Assert.Equal(i, (await names.ReadWholeTailAsync(device.Log, Ct)).Segments.Count);
        }

        Assert.Equal([98, 98, 98, 6, 0, 0], Deletions(network));
        AssertWithinLimits(network);
    }

    [Fact]
    public async Task Thousands_of_segments_are_sealed_at_once()
    {
        var network = new FaultyTransport();
        var names = (await azurite.OpenAsync(network)).Storage.Names;
        var device = new Device();
        for (var i = 0; i < 2_200; i++) await names.AppendAsync(device.Sign(entries: 1), Ct);
        network.Forget();

        await names.SealAsync(device.Log, Ct);
        for (var i = 0; i < 22; i++) await names.AppendAsync(device.Sign(entries: 1), Ct);

        Assert.Equal(22, (await names.ReadWholeTailAsync(device.Log, Ct)).Segments.Count);
        Assert.Equal(2_200, Deletions(network).Sum());
        AssertWithinLimits(network);
    }

    [Fact]
    public async Task A_tail_that_takes_several_answers_is_of_one_moment()
    {
        var network = new FaultyTransport();
        var names = (await azurite.OpenAsync(network)).Storage.Names;
        var device = new Device();
        for (var i = 0; i < 1_050; i++) await names.AppendAsync(device.Sign(entries: 1), Ct);

        // Between the first answer and the second the log is sealed beyond the first, and appends drop the rows that the second would have had.
        network.BeforeRequest = async () =>
        {
            if (!network.Sent.Last().Address.Query.Contains("NextRowKey", StringComparison.Ordinal)) return;
            network.BeforeRequest = null;
            await names.SealAsync(device.Log, Ct, segments: 1_010);
            for (var i = 0; i < 11; i++) await names.AppendAsync(device.Sign(entries: 1), Ct);
        };
        var tail = await names.ReadWholeTailAsync(device.Log, Ct);

        Assert.Equal(1_010, tail.Head.Head.Sealed);
        Assert.Equal(Enumerable.Range(1_011, 51).Select(i => (long)i), tail.Segments.Select(segment => segment.First));
    }

    private static int[] Deletions(FaultyTransport network) =>
        [.. network.Sent.Where(request => request.IsTransaction).Select(request => request.Deletions)];

    private static void AssertWithinLimits(FaultyTransport network)
    {
        var transactions = network.Sent.Where(request => request.IsTransaction).ToArray();
        Assert.NotEmpty(transactions);
        Assert.All(transactions, transaction =>
        {
            Assert.InRange(transaction.Changes, 2, 100);
            Assert.InRange(transaction.Body.Length, 1, TransactionBytes);
            Assert.All(Binary().Matches(transaction.Body), property => Assert.InRange(property.Groups[1].Length * 3 / 4, 0, PropertyBytes + 2));

            // Base64 is longer than what counts, so this is on the safe side of a row's 1 MiB.
            Assert.All(transaction.Body.Split("HTTP/1.1"), change => Assert.InRange(change.Length, 0, 1024 * 1024));
        });
    }

    [GeneratedRegex("\"(?:b\\d+|head|left)\":\"([^\"]*)\"")]
    private static partial Regex Binary();
}
