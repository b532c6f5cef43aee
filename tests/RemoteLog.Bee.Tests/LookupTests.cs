using RemoteLog.Protocol.Swarm;

namespace RemoteLog.Bee.Tests;

/// <summary>How the newest update of a feed is found.</summary>
public sealed class LookupTests
{
    [Fact]
    public async Task The_newest_of_however_many_updates_is_found_from_wherever_the_search_begins()
    {
        for (var count = 0UL; count < 70; count++)
        {
            for (var known = 0UL; known <= count; known++)
            {
                var found = await FeedLookup.FindNewestAsync(known == 0 ? null : known - 1, (index, _) => new(index < count), default);

                Assert.Equal(count == 0 ? null : count - 1, found);
            }
        }
    }

    [Fact]
    public async Task An_update_that_is_not_available_the_first_time_is_found_all_the_same()
    {
        HashSet<ulong> slow = [3, 4, 6];

        var found = await FeedLookup.FindNewestAsync(null, (index, _) => new(index < 9 && !slow.Remove(index)), default);

        Assert.Equal(8UL, found);
    }

    [Fact]
    public async Task A_million_updates_take_some_dozens_of_probes()
    {
        var probes = 0;

        var found = await FeedLookup.FindNewestAsync(
            null,
            (index, _) =>
            {
                probes++;
                return new(index < 1_000_000);
            },
            default);

        Assert.Equal(999_999UL, found);
        Assert.InRange(probes, 1, 45);
    }
}
