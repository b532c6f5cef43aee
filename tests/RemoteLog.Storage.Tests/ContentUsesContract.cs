using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests;

/// <summary>What every <see cref="IContentUses"/> promises.</summary>
public abstract class ContentUsesContract
{
    private static readonly DateTimeOffset Noon = A.Moment;

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>A store without uses.</summary>
    protected abstract ValueTask<IContentUses> OpenAsync();

    [Fact]
    public async Task A_use_is_due_from_its_time_on()
    {
        var (uses, content) = (await OpenAsync(), Content(1));

        Assert.True(await uses.TryUseAsync(content, new ContentUse("entry", Noon), Ct));

        Assert.Empty(await uses.FindDueAsync(Noon.AddMilliseconds(-1), 10, Ct));
        Assert.Equal([new DueContent(content, "entry")], await uses.FindDueAsync(Noon, 10, Ct));
        Assert.Equal([new DueContent(content, "entry")], await uses.FindDueAsync(Noon.AddYears(1), 10, Ct));
    }

    [Fact]
    public async Task What_is_due_comes_oldest_first_and_no_more_than_asked_for()
    {
        var uses = await OpenAsync();
        foreach (var hour in new[] { 3, 1, 4, 2, 5 }) await uses.TryUseAsync(Content(hour), new ContentUse("entry", Noon.AddHours(hour)), Ct);

        var due = await uses.FindDueAsync(Noon.AddHours(4), 3, Ct);

        Assert.Equal([Content(1), Content(2), Content(3)], due.Select(item => item.Content));
    }

    [Fact]
    public async Task A_use_without_end_is_never_due()
    {
        var uses = await OpenAsync();

        await uses.TryUseAsync(Content(1), new ContentUse("entry", ContentUse.Forever), Ct);

        Assert.Empty(await uses.FindDueAsync(Noon.AddYears(1000), 10, Ct));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(+1)]
    public async Task The_same_use_again_moves_its_time(int hours)
    {
        var (uses, moved) = (await OpenAsync(), Noon.AddHours(hours));
        await uses.TryUseAsync(Content(1), new ContentUse("entry", Noon), Ct);

        await uses.TryUseAsync(Content(1), new ContentUse("entry", moved), Ct);

        Assert.Empty(await uses.FindDueAsync(moved.AddMinutes(-1), 10, Ct));
        Assert.Single(await uses.FindDueAsync(moved, 10, Ct));
    }

    [Fact]
    public async Task Content_lasts_until_its_last_use_ends()
    {
        var (uses, content) = (await OpenAsync(), Content(1));
        await uses.TryUseAsync(content, new ContentUse(ContentUse.Upload, Noon), Ct);
        await uses.TryUseAsync(content, new ContentUse("entry", Noon.AddDays(1)), Ct);

        Assert.False(await uses.EndAsync(content, ContentUse.Upload, Ct));
        Assert.Equal([new DueContent(content, "entry")], await uses.FindDueAsync(Noon.AddDays(2), 10, Ct));
        Assert.True(await uses.EndAsync(content, "entry", Ct));
    }

    [Fact]
    public async Task Content_under_deletion_takes_no_new_use_until_it_is_forgotten()
    {
        var (uses, content) = (await OpenAsync(), Content(1));
        var use = new ContentUse("entry", Noon);
        await uses.TryUseAsync(content, use, Ct);
        await uses.EndAsync(content, use.User, Ct);

        Assert.False(await uses.TryUseAsync(content, new ContentUse("another", Noon), Ct));
        Assert.True(await uses.TryUseAsync(Content(2), use, Ct));
        await uses.ForgetAsync(content, Ct);

        Assert.True(await uses.TryUseAsync(content, use, Ct));
        Assert.All(await uses.FindDueAsync(Noon, 10, Ct), item => Assert.Equal("entry", item.User));
    }

    [Fact]
    public async Task A_deletion_that_was_never_finished_comes_back_until_it_is()
    {
        var (uses, content) = (await OpenAsync(), Content(1));
        await uses.TryUseAsync(content, new ContentUse("entry", Noon), Ct);
        await uses.EndAsync(content, "entry", Ct);

        Assert.Equal([new DueContent(content, User: null)], await uses.FindDueAsync(Noon, 10, Ct));
        Assert.Equal([new DueContent(content, User: null)], await uses.FindDueAsync(Noon, 10, Ct));
        await uses.ForgetAsync(content, Ct);

        Assert.Empty(await uses.FindDueAsync(Noon.AddYears(1), 10, Ct));
    }

    [Fact]
    public async Task Whoever_ends_the_last_use_again_is_told_the_same_again()
    {
        var (uses, content) = (await OpenAsync(), Content(1));
        await uses.TryUseAsync(content, new ContentUse("entry", Noon), Ct);
        await uses.EndAsync(content, "entry", Ct);

        Assert.True(await uses.EndAsync(content, "entry", Ct));

        await uses.ForgetAsync(content, Ct);
        Assert.False(await uses.EndAsync(content, "entry", Ct));
    }

    [Fact]
    public async Task Ending_a_use_that_is_not_there_ends_nothing()
    {
        var (uses, content) = (await OpenAsync(), Content(1));
        await uses.TryUseAsync(content, new ContentUse("entry", Noon), Ct);

        Assert.False(await uses.EndAsync(content, "another", Ct));
        Assert.False(await uses.EndAsync(Content(2), "entry", Ct));

        Assert.Single(await uses.FindDueAsync(Noon, 10, Ct));
        Assert.True(await uses.TryUseAsync(Content(2), new ContentUse("entry", Noon), Ct));
    }

    [Fact]
    public async Task Forgetting_what_is_not_under_deletion_changes_nothing()
    {
        var (uses, content) = (await OpenAsync(), Content(1));
        await uses.TryUseAsync(content, new ContentUse("entry", Noon), Ct);

        await uses.ForgetAsync(content, Ct);

        Assert.Equal([new DueContent(content, "entry")], await uses.FindDueAsync(Noon, 10, Ct));
    }

    [Fact]
    public async Task Either_a_new_use_comes_in_time_or_the_content_is_deleted()
    {
        var uses = await OpenAsync();
        for (var i = 0; i < 50; i++)
        {
            var content = Content(i);
            await uses.TryUseAsync(content, new ContentUse(ContentUse.Upload, Noon), Ct);

            var use = Task.Run(async () => await uses.TryUseAsync(content, new ContentUse("entry", Noon), Ct), Ct);
            var end = Task.Run(async () => await uses.EndAsync(content, ContentUse.Upload, Ct), Ct);

            Assert.NotEqual(await use, await end);
        }
    }

    private static Cid Content(int number) => Cid.Of(A.Bytes(10, seed: number));
}
