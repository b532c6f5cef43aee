using RemoteLog.Server.Storage;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests;

/// <summary>What every <see cref="IQuarantine"/> promises.</summary>
public abstract class QuarantineContract
{
    private const string Log = "zDnaexJd5AdAYULXknRHgxcFbQhu1DtqhYXr2KLhwejQX83Q6/notes";

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>A quarantine without items.</summary>
    protected abstract ValueTask<IQuarantine> OpenAsync();

    [Fact]
    public async Task An_item_keeps_the_very_bytes_and_all_that_was_said_of_them()
    {
        var quarantine = await OpenAsync();
        byte[] bytes = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];

        await quarantine.AddAsync(bytes, Log, "bad-signature", A.Moment, Ct);

        var item = Assert.Single(await quarantine.ListAsync(0, 10, Ct));
        Assert.Equal((Log, "bad-signature", A.Moment, 256), (item.Log, item.Reason, item.At, item.Size));
        Assert.True(item.Id > 0);
        Assert.Equal(bytes, (await quarantine.FindAsync(item.Id, Ct))!.Value.ToArray());
    }

    [Fact]
    public async Task Bytes_of_no_log_are_kept_too()
    {
        var quarantine = await OpenAsync();

        await quarantine.AddAsync("rubbish"u8.ToArray(), null, "malformed-body", A.Moment, Ct);

        Assert.Null(Assert.Single(await quarantine.ListAsync(0, 10, Ct)).Log);
    }

    [Fact]
    public async Task The_largest_segment_fits()
    {
        var quarantine = await OpenAsync();
        var bytes = A.Bytes(5_000_000);

        await quarantine.AddAsync(bytes, Log, "fork", A.Moment, Ct);

        var item = Assert.Single(await quarantine.ListAsync(0, 10, Ct));
        Assert.Equal(bytes.Length, item.Size);
        Assert.Equal(bytes, (await quarantine.FindAsync(item.Id, Ct))!.Value.ToArray());
    }

    [Fact]
    public async Task Part_of_a_larger_array_is_kept_as_that_part()
    {
        var quarantine = await OpenAsync();

        await quarantine.AddAsync("around it"u8.ToArray().AsMemory(7, 2), Log, "gap", A.Moment, Ct);

        var item = Assert.Single(await quarantine.ListAsync(0, 10, Ct));
        Assert.Equal("it"u8.ToArray(), (await quarantine.FindAsync(item.Id, Ct))!.Value.ToArray());
    }

    [Fact]
    public async Task The_same_bytes_again_are_the_same_item_with_the_newer_reason()
    {
        var quarantine = await OpenAsync();
        await quarantine.AddAsync("one"u8.ToArray(), Log, "gap", A.Moment, Ct);
        await quarantine.AddAsync("two"u8.ToArray(), Log, "gap", A.Moment, Ct);
        var before = await quarantine.ListAsync(0, 10, Ct);

        await quarantine.AddAsync("one"u8.ToArray(), Log, "fork", A.Moment.AddDays(1), Ct);

        Assert.Equal([before[0] with { Reason = "fork" }, before[1]], await quarantine.ListAsync(0, 10, Ct));
    }

    [Fact]
    public async Task Items_are_listed_oldest_first_and_page_by_page()
    {
        var quarantine = await OpenAsync();
        for (byte i = 0; i < 5; i++) await quarantine.AddAsync(new[] { i }, Log, $"reason-{i}", A.Moment, Ct);

        var some = await quarantine.ListAsync(0, 3, Ct);
        await quarantine.RemoveAsync(some[^1].Id, Ct);
        var rest = await quarantine.ListAsync(some[^1].Id, 3, Ct);

        Assert.Equal(["reason-0", "reason-1", "reason-2"], some.Select(item => item.Reason));
        Assert.Equal(["reason-3", "reason-4"], rest.Select(item => item.Reason));
        Assert.Equal(some.Concat(rest).Select(item => item.Id).Order(), some.Concat(rest).Select(item => item.Id));
        Assert.Empty(await quarantine.ListAsync(rest[^1].Id, 3, Ct));
    }

    [Fact]
    public async Task What_was_removed_is_gone_and_its_id_with_it()
    {
        var quarantine = await OpenAsync();
        await quarantine.AddAsync("one"u8.ToArray(), Log, "gap", A.Moment, Ct);
        var removed = Assert.Single(await quarantine.ListAsync(0, 10, Ct));

        Assert.True(await quarantine.RemoveAsync(removed.Id, Ct));

        Assert.False(await quarantine.RemoveAsync(removed.Id, Ct));
        Assert.Null(await quarantine.FindAsync(removed.Id, Ct));
        Assert.Empty(await quarantine.ListAsync(0, 10, Ct));
        await quarantine.AddAsync("one"u8.ToArray(), Log, "gap", A.Moment, Ct);
        Assert.True(Assert.Single(await quarantine.ListAsync(0, 10, Ct)).Id > removed.Id);
    }

    [Fact]
    public async Task The_same_bytes_from_many_at_once_are_one_item()
    {
        var quarantine = await OpenAsync();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => quarantine.AddAsync("one"u8.ToArray(), Log, "gap", A.Moment, Ct).AsTask()));

        Assert.Single(await quarantine.ListAsync(0, 100, Ct));
    }

    [Fact]
    public async Task Different_bytes_from_many_at_once_are_all_kept()
    {
        var quarantine = await OpenAsync();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => quarantine.AddAsync(new[] { (byte)i }, Log, $"{i}", A.Moment, Ct).AsTask()));

        var items = await quarantine.ListAsync(0, 100, Ct);
        Assert.Equal(20, items.Select(item => item.Id).Distinct().Count());
        foreach (var item in items) Assert.Equal(byte.Parse(item.Reason), (await quarantine.FindAsync(item.Id, Ct))!.Value.Span[0]);
    }
}
