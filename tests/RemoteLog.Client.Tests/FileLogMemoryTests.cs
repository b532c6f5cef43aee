using static RemoteLog.Client.Tests.Reads;

namespace RemoteLog.Client.Tests;

public sealed class FileLogMemoryTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly SigningKey key = SigningKey.Create();
    private readonly LogName log;

    public FileLogMemoryTests() => log = new LogName(key.Owner, Topic.Parse("notes"));

    [Fact]
    public async Task A_checkpoint_outlives_the_process()
    {
        await Memory().RaiseAsync(Mark.Seen, At(7), Ct);

        var found = await Memory().FindAsync(log, Mark.Seen, Ct);

        Assert.Equal((7, At(7).Link), (found?.Sequence, found?.Link));
        Assert.Null(await Memory().FindAsync(log, Mark.Walked, Ct));
    }

    [Fact]
    public async Task A_mark_never_goes_back()
    {
        await Memory().RaiseAsync(Mark.Walked, At(7), Ct);
        await Memory().RaiseAsync(Mark.Walked, At(6), Ct);

        Assert.Equal(7, (await Memory().FindAsync(log, Mark.Walked, Ct))?.Sequence);
    }

    [Fact]
    public async Task A_segment_under_way_outlives_the_process_until_it_is_confirmed()
    {
        await Memory().SetPendingAsync(log, "segment"u8.ToArray(), Ct);
        var pending = await Memory().FindPendingAsync(log, Ct);
        await Memory().SetPendingAsync(log, null, Ct);

        Assert.Equal("segment"u8.ToArray(), pending?.ToArray());
        Assert.Null(await Memory().FindPendingAsync(log, Ct));
    }

    [Fact]
    public async Task Logs_do_not_share_what_is_remembered()
    {
        await Memory().RaiseAsync(Mark.Seen, At(7), Ct);

        Assert.Null(await Memory().FindAsync(new LogName(key.Owner, Topic.Parse("Notes")), Mark.Seen, Ct));
    }

    [Fact]
    public async Task A_damaged_file_is_not_taken_for_the_owners_word()
    {
        await Memory().RaiseAsync(Mark.Seen, At(7), Ct);
        var file = Assert.Single(Directory.GetFiles(folder.Path, "seen", SearchOption.AllDirectories));
        var bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);

        var fault = await Assert.ThrowsAsync<RemoteLogException>(async () => await Memory().FindAsync(log, Mark.Seen, Ct));

        Assert.Contains(file, fault.Message);
    }

    [Fact]
    public void Two_processes_cannot_write_one_log()
    {
        using (Memory().Claim(log))
        {
            Assert.Throws<LogInUseException>(() => Memory().Claim(log));
        }
        Memory().Claim(log).Dispose();
    }

    [Fact]
    public async Task Writing_leaves_nothing_aside()
    {
        await Memory().RaiseAsync(Mark.Seen, At(1), Ct);
        await Memory().RaiseAsync(Mark.Seen, At(2), Ct);

        Assert.Equal(["seen"], Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).Select(Path.GetFileName));
    }

    public void Dispose()
    {
        folder.Dispose();
        key.Dispose();
    }

    /// <summary>A memory as a new process has it.</summary>
    private FileLogMemory Memory() => new(Path.Combine(folder.Path, "memory"));

    private Checkpoint At(long sequence)
    {
        var link = Digest.Of(BitConverter.GetBytes(sequence));
        return new Checkpoint(log, sequence, link, key.Sign(Checkpoint.Text(log, sequence, link)));
    }
}
