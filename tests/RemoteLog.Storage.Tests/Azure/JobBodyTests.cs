using Azure.Storage.Blobs;
using Microsoft.Extensions.Time.Testing;
using RemoteLog.Server.Storage;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests.Azure;

/// <summary>Bodies that no queue message holds.</summary>
public sealed class JobBodyTests(Azurite azurite)
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<byte[]> Bodies => [A.Bytes(48 * 1024), A.Bytes((48 * 1024) + 1), A.Bytes(4_000_000), "\0body:somebody-else's"u8.ToArray(), Array.Empty<byte>()];

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_body_of_any_length_and_kind_arrives_as_it_was(byte[] body)
    {
        var jobs = (await azurite.OpenAsync()).Storage.Jobs;

        await jobs.EnqueueAsync("wake", body, TimeSpan.Zero, Ct);

        Assert.Equal(body, Assert.Single(await jobs.ReceiveAsync("wake", 10, Lease, Ct)).Body.ToArray());
    }

    [Fact]
    public async Task A_large_body_is_kept_until_its_job_is_done_and_no_longer()
    {
        var options = await azurite.NewOptionsAsync();
        var jobs = (await azurite.OpenAsync(options, transport: null, time: null)).Storage.Jobs;
        var bodies = new BlobContainerClient(await azurite.GetKeyedAsync(), $"{options.Prefix}-jobs");
        await jobs.EnqueueAsync("wake", A.Bytes(100_000), TimeSpan.Zero, Ct);
        var job = Assert.Single(await jobs.ReceiveAsync("wake", 10, Lease, Ct));
        Assert.Single(await bodies.GetBlobsAsync().ToListAsync());

        await jobs.CompleteAsync(job, Ct);
        await jobs.CompleteAsync(job, Ct);

        Assert.Empty(await bodies.GetBlobsAsync().ToListAsync());
    }

    [Fact]
    public async Task A_worker_whose_lease_ran_out_does_not_take_the_body_from_the_next()
    {
        var time = new FakeTimeProvider(A.Moment);
        IJobQueue jobs = (await azurite.OpenWithClockAsync(time)).Storage.Jobs;
        await jobs.EnqueueAsync("wake", A.Bytes(100_000), TimeSpan.Zero, Ct);
        var lapsed = Assert.Single(await jobs.ReceiveAsync("wake", 10, Lease, Ct));
        time.Advance(Lease);
        Assert.Single(await jobs.ReceiveAsync("wake", 10, Lease, Ct));

        await jobs.CompleteAsync(lapsed, Ct);

        time.Advance(Lease);
        Assert.Equal(A.Bytes(100_000), Assert.Single(await jobs.ReceiveAsync("wake", 10, Lease, Ct)).Body.ToArray());
    }

    [Fact]
    public async Task A_job_whose_body_vanished_does_not_keep_others_from_being_done()
    {
        var options = await azurite.NewOptionsAsync();
        var jobs = (await azurite.OpenAsync(options, transport: null, time: null)).Storage.Jobs;
        var bodies = new BlobContainerClient(await azurite.GetKeyedAsync(), $"{options.Prefix}-jobs");
        await jobs.EnqueueAsync("wake", A.Bytes(100_000), TimeSpan.Zero, Ct);
        await jobs.EnqueueAsync("wake", "small"u8.ToArray(), TimeSpan.Zero, Ct);
        await bodies.DeleteBlobAsync((await bodies.GetBlobsAsync().SingleAsync()).Name);

        var job = Assert.Single(await jobs.ReceiveAsync("wake", 10, Lease, Ct));

        Assert.Equal("small"u8.ToArray(), job.Body.ToArray());
    }
}
