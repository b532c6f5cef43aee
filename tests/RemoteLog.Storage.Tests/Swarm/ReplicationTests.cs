using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using RemoteLog.Bee.Emulator;
using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;
using RemoteLog.Server.Ingest;
using RemoteLog.Server.Replicate;
using RemoteLog.Server.Storage;
using RemoteLog.Storage.Swarm;
using RemoteLog.Storage.Tests.Embedded;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests.Swarm;

/// <summary>Content in the data folder and in Swarm, with either of them away.</summary>
public sealed class ReplicationTests : IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private readonly SwarmNodes nodes = new();
    private readonly FakeTimeProvider time = new(A.Moment);
    private readonly OpenFolder folder;
    private readonly byte[] content = A.Bytes(20_000);
    private BeeNode node = null!;
    private SwarmContent swarm = null!;

    public ReplicationTests() => folder = new OpenFolder(time);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private Cid Address => TreeHasher.AddressOf(content);

    private IContentStore Files => folder.Storage.Content;

    public async ValueTask InitializeAsync()
    {
        node = await nodes.StartAsync();
        swarm = nodes.Open(node, node.Buy(depth: 24));
    }

    public async ValueTask DisposeAsync()
    {
        await nodes.DisposeAsync();
        await folder.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_written_to_the_first_store_is_copied_to_the_second_by_a_job(bool swarmFirst)
    {
        var (store, first, second) = Open(swarmFirst);

        await store.PutAsync(store.AddressOf(content), content, Ct);
        Assert.Equal(content.Length, await first.FindLengthAsync(Address, Ct));
        Assert.Null(await second.FindLengthAsync(Address, Ct));

        await WorkAsync(store);
        Assert.Equal(content, await ReadAsync(second, Address));
        Assert.Equal(0, await folder.Storage.Jobs.CountAsync(ReplicatedContent.Queue, Ct));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_upload_is_copied_too(bool swarmFirst)
    {
        var (store, _, second) = Open(swarmFirst);

        await store.UploadAsync(Address, new MemoryStream(content), content.Length, Ct);
        await WorkAsync(store);

        Assert.Equal(content, await ReadAsync(second, Address));
    }

    [Fact]
    public async Task Appends_do_not_notice_a_second_store_that_is_away_and_its_copies_wait()
    {
        var (store, _, _) = Open(swarmFirst: false);
        node.Faults.IsStarting = true;

        await store.PutAsync(Address, content, Ct);
        for (var i = 0; i < 2 * Job.MaxDeliveries; i++) await WorkAsync(store);

        Assert.Equal(1, await folder.Storage.Jobs.CountAsync(ReplicatedContent.Queue, Ct));
        node.Faults.IsStarting = false;
        time.Advance(TimeSpan.FromMinutes(11));
        await WorkAsync(store);
        Assert.Equal(content, await ReadAsync(swarm, Address));
    }

    [Fact]
    public async Task With_Swarm_away_content_is_read_from_the_files()
    {
        var (store, _, _) = Open(swarmFirst: true);
        await store.PutAsync(Address, content, Ct);
        await WorkAsync(store);
        node.Faults.IsStarting = true;

        Assert.Equal(content.Length, await store.FindLengthAsync(Address, Ct));
        Assert.Equal(content[5_000..6_000], await ReadAsync(store, Address, 5_000, 1_000));
    }

    [Fact]
    public async Task With_a_file_gone_content_is_read_from_Swarm()
    {
        var (store, _, _) = Open(swarmFirst: false);
        await store.PutAsync(Address, content, Ct);
        await WorkAsync(store);
        await Files.DeleteAsync(Address, Ct);

        Assert.Equal(content.Length, await store.FindLengthAsync(Address, Ct));
        Assert.Equal(content, await ReadAsync(store, Address));
    }

    [Fact]
    public async Task What_is_in_one_store_is_not_said_to_be_absent_while_the_other_is_away()
    {
        var (store, _, _) = Open(swarmFirst: true);
        node.Faults.IsStarting = true;

        await Assert.ThrowsAsync<StorageUnavailableException>(async () => await store.FindLengthAsync(Address, Ct));
    }

    [Fact]
    public async Task Content_that_only_the_first_store_can_address_stays_there_alone()
    {
        var (store, _, _) = Open(swarmFirst: false);

        await store.UploadAsync(Cid.Of(content), new MemoryStream(content), content.Length, Ct);

        Assert.Equal(0, await folder.Storage.Jobs.CountAsync(ReplicatedContent.Queue, Ct));
        Assert.Equal(content, await ReadAsync(store, Cid.Of(content)));
        Assert.Equal(RepairOutcome.NotReplicated, await store.RepairAsync(Cid.Of(content), Ct));
    }

    [Fact]
    public async Task A_job_whose_content_never_came_is_dropped_in_the_end()
    {
        var (store, _, _) = Open(swarmFirst: false);
        var replicator = new Replicator(folder.Storage with { Content = store }, NullLogger<Replicator>.Instance);
        var body = System.Text.Encoding.ASCII.GetBytes($"content {Address}");

        await Assert.ThrowsAsync<NotYetException>(async () => await replicator.ReplicateAsync(body, delivery: 1, Ct));
        await replicator.ReplicateAsync(body, Job.MaxDeliveries, Ct);
    }

    [Theory]
    [InlineData("")]
    [InlineData("content")]
    [InlineData("content nowhere")]
    public async Task A_job_that_names_no_content_fails(string body)
    {
        var replicator = new Replicator(folder.Storage, NullLogger<Replicator>.Instance);

        await Assert.ThrowsAsync<FormatException>(async () => await replicator.ReplicateAsync(System.Text.Encoding.ASCII.GetBytes(body), 1, Ct));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_repair_finds_everything_in_place_when_it_is(bool swarmFirst)
    {
        var (store, _, _) = Open(swarmFirst);
        await store.PutAsync(Address, content, Ct);
        await WorkAsync(store);
        var uploads = node.Requests.Count(request => request.Path == "/bytes");

        Assert.Equal(RepairOutcome.Whole, await store.RepairAsync(Address, Ct));
        Assert.Equal(uploads, node.Requests.Count(request => request.Path == "/bytes"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_repair_makes_good_what_either_store_lacks(bool swarmFirst)
    {
        var (store, _, _) = Open(swarmFirst);
        await store.PutAsync(Address, content, Ct);
        await WorkAsync(store);

        // A node that fetched a chunk goes on answering with its own copy of it.
        nodes.Network.Lose(Chunk.AddressOf(4096, content.AsSpan(4096, 4096)));
        await node.RestartAsync();
        Assert.Equal(RepairOutcome.Repaired, await store.RepairAsync(Address, Ct));
        Assert.Equal(content, await ReadAsync(swarm, Address));

        await Files.DeleteAsync(Address, Ct);
        Assert.Equal(RepairOutcome.Repaired, await store.RepairAsync(Address, Ct));
        Assert.Equal(content, await ReadAsync(Files, Address));
    }

    [Fact]
    public async Task A_repair_replaces_a_damaged_file()
    {
        var (store, _, _) = Open(swarmFirst: false);
        await store.PutAsync(Address, content, Ct);
        await WorkAsync(store);
        var file = Assert.Single(Directory.EnumerateFiles(folder.Path, Address.ToString(), SearchOption.AllDirectories));
        await File.WriteAllBytesAsync(file, [.. content[..^1], (byte)(content[^1] ^ 1)], Ct);

        Assert.Equal(RepairOutcome.Repaired, await store.RepairAsync(Address, Ct));

        Assert.Equal(content, await ReadAsync(Files, Address));
    }

    [Fact]
    public async Task What_is_in_neither_store_is_lost() => Assert.Equal(RepairOutcome.Lost, await Open(swarmFirst: false).Store.RepairAsync(Address, Ct));

    [Fact]
    public async Task A_repair_waits_for_a_store_that_is_away_and_changes_nothing()
    {
        var (store, _, _) = Open(swarmFirst: false);
        await store.PutAsync(Address, content, Ct);
        node.Faults.IsStarting = true;

        await Assert.ThrowsAsync<StorageUnavailableException>(async () => await store.RepairAsync(Address, Ct));

        Assert.Equal(content, await ReadAsync(Files, Address));
    }

    private (ReplicatedContent Store, IContentStore First, IContentStore Second) Open(bool swarmFirst)
    {
        var (first, second) = swarmFirst ? (swarm, Files) : (Files, (IContentStore)swarm);
        return (new ReplicatedContent("content", first, second, folder.Storage.Jobs), first, second);
    }

    /// <summary>Delivers what is due, as the service does.</summary>
    private async Task WorkAsync(ReplicatedContent store)
    {
        var replicator = new Replicator(folder.Storage with { Content = store }, NullLogger<Replicator>.Instance);
        time.Advance(Lease);
        foreach (var job in await folder.Storage.Jobs.ReceiveAsync(ReplicatedContent.Queue, 10, Lease, Ct))
        {
            try
            {
                await replicator.ReplicateAsync(job.Body, job.Deliveries, Ct);
                await folder.Storage.Jobs.CompleteAsync(job, Ct);
            }
            catch (StorageUnavailableException)
            {
                // It comes back after its lease.
            }
        }
    }

    private static async Task<byte[]> ReadAsync(IContentStore store, Cid address, long offset = 0, long? length = null)
    {
        await using var stream = await store.FindAsync(address, offset, length, Ct);
        Assert.NotNull(stream);
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes, Ct);
        return bytes.ToArray();
    }
}
