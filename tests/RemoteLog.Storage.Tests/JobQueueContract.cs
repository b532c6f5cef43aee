using System.Text;
using Microsoft.Extensions.Time.Testing;
using RemoteLog.Server.Storage;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests;

/// <summary>What every <see cref="IJobQueue"/> promises.</summary>
public abstract class JobQueueContract
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>The time by which the queue goes.</summary>
    protected FakeTimeProvider Time { get; } = new(A.Moment);

    /// <summary>A queue without jobs that goes by <see cref="Time"/>.</summary>
    protected abstract ValueTask<IJobQueue> OpenAsync();

    [Fact]
    public async Task A_job_arrives_with_the_very_bytes_that_were_enqueued()
    {
        var jobs = await OpenAsync();
        byte[] body = [.. Enumerable.Range(0, 256).Select(i => (byte)i), .. A.Bytes(40_000)];

        await jobs.EnqueueAsync("wake", body, TimeSpan.Zero, Ct);

        var job = Assert.Single(await jobs.ReceiveAsync("wake", 10, Lease, Ct));
        Assert.Equal("wake", job.Queue);
        Assert.Equal(1, job.Deliveries);
        Assert.Equal(body, job.Body.ToArray());
    }

    [Fact]
    public async Task An_empty_queue_has_no_jobs()
    {
        var jobs = await OpenAsync();

        Assert.Empty(await jobs.ReceiveAsync("wake", 10, Lease, Ct));
    }

    [Fact]
    public async Task Queues_are_apart()
    {
        var jobs = await OpenAsync();
        await jobs.EnqueueAsync("wake", "w"u8.ToArray(), TimeSpan.Zero, Ct);
        await jobs.EnqueueAsync("seal", "s"u8.ToArray(), TimeSpan.Zero, Ct);

        Assert.Equal("s"u8.ToArray(), Assert.Single(await jobs.ReceiveAsync("seal", 10, Lease, Ct)).Body.ToArray());
        Assert.Equal("w"u8.ToArray(), Assert.Single(await jobs.ReceiveAsync("wake", 10, Lease, Ct)).Body.ToArray());
    }

    [Fact]
    public async Task A_delayed_job_is_hidden_until_its_time()
    {
        var jobs = await OpenAsync();
        await jobs.EnqueueAsync("wake", "w"u8.ToArray(), TimeSpan.FromSeconds(30), Ct);

        Time.Advance(TimeSpan.FromSeconds(29));
        Assert.Empty(await jobs.ReceiveAsync("wake", 10, Lease, Ct));

        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Single(await jobs.ReceiveAsync("wake", 10, Lease, Ct));
    }

    [Fact]
    public async Task A_job_is_hidden_while_it_is_leased_and_comes_back_afterwards()
    {
        var jobs = await OpenAsync();
        await jobs.EnqueueAsync("wake", "w"u8.ToArray(), TimeSpan.Zero, Ct);
        var first = Assert.Single(await jobs.ReceiveAsync("wake", 10, Lease, Ct));

        Time.Advance(Lease - TimeSpan.FromSeconds(1));
        Assert.Empty(await jobs.ReceiveAsync("wake", 10, Lease, Ct));

        Time.Advance(TimeSpan.FromSeconds(1));
        var second = Assert.Single(await jobs.ReceiveAsync("wake", 10, Lease, Ct));
        Assert.Equal(first.Id, second.Id);
        Assert.NotEqual(first.Receipt, second.Receipt);
        Assert.Equal(2, second.Deliveries);
        Assert.Equal(first.Body.ToArray(), second.Body.ToArray());
    }

    [Fact]
    public async Task A_completed_job_never_comes_back()
    {
        var jobs = await OpenAsync();
        await jobs.EnqueueAsync("wake", "w"u8.ToArray(), TimeSpan.Zero, Ct);

        await jobs.CompleteAsync(Assert.Single(await jobs.ReceiveAsync("wake", 10, Lease, Ct)), Ct);

        Time.Advance(Lease * 2);
        Assert.Empty(await jobs.ReceiveAsync("wake", 10, Lease, Ct));
    }

    [Fact]
    public async Task Completing_a_job_that_another_took_meanwhile_does_nothing()
    {
        var jobs = await OpenAsync();
        await jobs.EnqueueAsync("wake", "w"u8.ToArray(), TimeSpan.Zero, Ct);
        var lapsed = Assert.Single(await jobs.ReceiveAsync("wake", 10, Lease, Ct));
        Time.Advance(Lease);
        var taken = Assert.Single(await jobs.ReceiveAsync("wake", 10, Lease, Ct));

        await jobs.CompleteAsync(lapsed, Ct);

        Time.Advance(Lease);
        Assert.Equal(taken.Id, Assert.Single(await jobs.ReceiveAsync("wake", 10, Lease, Ct)).Id);
    }

    [Fact]
    public async Task Completing_a_job_again_does_nothing_to_jobs_that_came_later()
    {
        var jobs = await OpenAsync();
        await jobs.EnqueueAsync("wake", "first"u8.ToArray(), TimeSpan.Zero, Ct);
        var first = Assert.Single(await jobs.ReceiveAsync("wake", 10, Lease, Ct));
        await jobs.CompleteAsync(first, Ct);
        await jobs.EnqueueAsync("wake", "second"u8.ToArray(), TimeSpan.Zero, Ct);
        var second = Assert.Single(await jobs.ReceiveAsync("wake", 10, Lease, Ct));

        await jobs.CompleteAsync(first, Ct);

        Time.Advance(Lease);
        Assert.Equal(second.Body.ToArray(), Assert.Single(await jobs.ReceiveAsync("wake", 10, Lease, Ct)).Body.ToArray());
    }

    [Fact]
    public async Task Jobs_are_counted_hidden_ones_too()
    {
        var jobs = await OpenAsync();
        await jobs.EnqueueAsync("wake", "1"u8.ToArray(), TimeSpan.Zero, Ct);
        await jobs.EnqueueAsync("wake", "2"u8.ToArray(), TimeSpan.FromSeconds(30), Ct);
        await jobs.EnqueueAsync("seal", "3"u8.ToArray(), TimeSpan.Zero, Ct);
        var taken = Assert.Single(await jobs.ReceiveAsync("wake", 10, Lease, Ct));

        Assert.Equal(2, await jobs.CountAsync("wake", Ct));
        await jobs.CompleteAsync(taken, Ct);

        Assert.Equal(1, await jobs.CountAsync("wake", Ct));
        Assert.Equal(0, await jobs.CountAsync("never-used", Ct));
    }

    [Fact]
    public async Task Jobs_enqueued_in_one_go_go_each_its_own_way()
    {
        var jobs = await OpenAsync();

        await jobs.EnqueueAsync(
            [
                new NewJob("wake", "now"u8.ToArray(), TimeSpan.Zero), new NewJob("wake", "later"u8.ToArray(), TimeSpan.FromSeconds(30)),
                new NewJob("seal", "other"u8.ToArray(), TimeSpan.Zero),
            ],
            Ct);
        await jobs.EnqueueAsync([], Ct);

        Assert.Equal("now", Encoding.ASCII.GetString(Assert.Single(await jobs.ReceiveAsync("wake", 10, Lease * 9, Ct)).Body.Span));
        Assert.Equal("other", Encoding.ASCII.GetString(Assert.Single(await jobs.ReceiveAsync("seal", 10, Lease * 9, Ct)).Body.Span));
        Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("later", Encoding.ASCII.GetString(Assert.Single(await jobs.ReceiveAsync("wake", 10, Lease, Ct)).Body.Span));
    }

    [Fact]
    public async Task No_more_jobs_are_taken_than_asked_for()
    {
        var jobs = await OpenAsync();
        for (byte i = 0; i < 5; i++) await jobs.EnqueueAsync("wake", new[] { i }, TimeSpan.Zero, Ct);

        var some = await jobs.ReceiveAsync("wake", 3, Lease, Ct);
        var rest = await jobs.ReceiveAsync("wake", 3, Lease, Ct);

        Assert.Equal(3, some.Count);
        Assert.Equal(new byte[] { 0, 1, 2, 3, 4 }, some.Concat(rest).Select(job => job.Body.Span[0]).Order());
    }

    [Fact]
    public async Task Many_workers_at_once_get_each_job_once()
    {
        var jobs = await OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => jobs.EnqueueAsync("wake", new[] { (byte)i }, TimeSpan.Zero, Ct).AsTask()));

        var received = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            async () =>
            {
                List<byte> bodies = [];
                while (await jobs.ReceiveAsync("wake", 4, Lease, Ct) is { Count: > 0 } taken)
                {
                    foreach (var job in taken)
                    {
                        bodies.Add(job.Body.Span[0]);
                        await jobs.CompleteAsync(job, Ct);
                    }
                }
                return bodies;
            },
            Ct)));

        Assert.Equal(Enumerable.Range(0, 100).Select(i => (byte)i), received.SelectMany(bodies => bodies).Order());
    }
}
