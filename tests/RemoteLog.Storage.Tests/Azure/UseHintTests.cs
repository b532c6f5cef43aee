using Azure;
using Microsoft.Extensions.Time.Testing;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests.Azure;

/// <summary>What is due is found without looking at what is not, and a crash between a hint and what it points to is made good.</summary>
public sealed class UseHintTests(Azurite azurite)
{
    private readonly FakeTimeProvider time = new(A.Moment);
    private readonly FaultyTransport network = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Finding_what_is_due_does_not_look_at_what_is_not()
    {
        var uses = (await azurite.OpenAsync(network, time)).Storage.Uses;
        for (var i = 0; i < 20; i++) await uses.TryUseAsync(Content(i), new ContentUse("entry", A.Moment.AddDays(i)), Ct);
        network.Forget();

        var due = await uses.FindDueAsync(A.Moment.AddDays(1), 10, Ct);

        // Deletions, hints, and each use that a hint points to.
        Assert.Equal([Content(0), Content(1)], due.Select(item => item.Content));
        Assert.Equal(4, network.Sent.Count);
    }

    [Fact]
    public async Task A_crash_before_a_use_is_recorded_leaves_nothing_due_and_the_hint_goes_after_an_hour()
    {
        var uses = (await azurite.OpenAsync(network, time)).Storage.Uses;
        network.Next([FaultyTransport.Fault.None, FaultyTransport.Fault.None, FaultyTransport.Fault.ProcessEnded]);
        await StopAsync(async () => await uses.TryUseAsync(Content(1), new ContentUse("entry", A.Moment), Ct));

        Assert.Empty(await uses.FindDueAsync(A.Moment, 10, Ct));
        time.Advance(TimeSpan.FromHours(2));
        Assert.Empty(await uses.FindDueAsync(A.Moment, 10, Ct));

        network.Forget();
        Assert.Empty(await uses.FindDueAsync(A.Moment, 10, Ct));
        Assert.Equal(2, network.Sent.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_crash_anywhere_in_ending_the_last_use_is_made_good_by_ending_it_again(int steps)
    {
        var uses = (await azurite.OpenAsync(network, time)).Storage.Uses;
        await uses.TryUseAsync(Content(1), new ContentUse("entry", A.Moment), Ct);
        network.Next([.. Enumerable.Repeat(FaultyTransport.Fault.None, steps), FaultyTransport.Fault.ProcessEnded]);
        await StopAsync(async () => await uses.EndAsync(Content(1), "entry", Ct));

        Assert.True(await uses.EndAsync(Content(1), "entry", Ct));
        Assert.Equal([new DueContent(Content(1), User: null)], await uses.FindDueAsync(A.Moment, 10, Ct));

        await uses.ForgetAsync(Content(1), Ct);
        Assert.Empty(await uses.FindDueAsync(A.Moment, 10, Ct));
    }

    private static Cid Content(int number) => Cid.Of(A.Bytes(10, seed: number));

    private static Task<RequestFailedException> StopAsync(Func<Task> act) => Assert.ThrowsAsync<RequestFailedException>(act);
}
