using RemoteLog.Protocol;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests.Azure;

/// <summary>The sweep's question is answered a stretch at a time.</summary>
public sealed class UnsealedScanTests(Azurite azurite)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_call_goes_on_where_the_last_ended_and_begins_anew_after_the_end()
    {
        var names = (await azurite.OpenAsync()).Storage.Names;
        HashSet<LogName> logs = [];
        for (var i = 0; i < 5; i++)
        {
            var segment = A.Segment();
            await names.AppendAsync(segment, Ct);
            logs.Add(segment.Log);
        }

        var first = await names.FindUnsealedAsync(entries: 1, bytes: 1, max: 3, Ct);
        var second = await names.FindUnsealedAsync(entries: 1, bytes: 1, max: 3, Ct);
        var third = await names.FindUnsealedAsync(entries: 1, bytes: 1, max: 10, Ct);

        Assert.Equal((3, 2), (first.Count, second.Count));
        Assert.Equal(logs, [.. first, .. second]);
        Assert.Equal(logs, [.. third]);
    }
}
