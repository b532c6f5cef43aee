using System.Diagnostics;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Storage.Embedded;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests.Embedded;

/// <summary>A process that appends to eight logs, seals them and says what was acknowledged, until it is stopped without warning.</summary>
public sealed class KilledProcessTests : IDisposable
{
    private static readonly string Appender = Path.Combine(AppContext.BaseDirectory, "RemoteLog.Storage.Appender");

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(85)]
    [InlineData(300)]
    [InlineData(1_111)]
    [InlineData(4_000)]
    public async Task Nothing_acknowledged_is_missing_after_kill_9(int lines)
    {
        using var process = Start(new ProcessStartInfo(Appender, [folder.Path]));
        var acknowledged = new Acknowledged();
        while (acknowledged.Lines < lines) acknowledged.Add(await process.StandardOutput.ReadLineAsync(Ct));

        Assert.Throws<DataFolderInUseException>(() => EmbeddedStorage.Open(folder.Path, TimeProvider.System));
        process.Kill();
        await acknowledged.ReadToEndAsync(process, Ct);

        await AssertWholeAsync(acknowledged);
    }

    [Fact]
    public async Task Nothing_acknowledged_is_missing_when_the_disk_is_full()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs a shell that limits how large files may grow.");

        // No file may grow past 3,000 KiB: a write that would make it fails, as on a full disk. The runtime's own mapped memory counts as a file
        // unless it is told not to double-map.
        const string script = """trap '' XFSZ; ulimit -f 3000; export DOTNET_EnableWriteXorExecute=0; exec "$0" "$1" """;
        using var process = Start(new ProcessStartInfo("bash", ["-c", script, Appender, folder.Path]));
        var acknowledged = new Acknowledged();
        await acknowledged.ReadToEndAsync(process, Ct);

        Assert.Equal(8, acknowledged.Failed);
        await AssertWholeAsync(acknowledged);
    }

    public void Dispose() => folder.Dispose();

    private static Process Start(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        return Process.Start(start)!;
    }

    private async Task AssertWholeAsync(Acknowledged acknowledged)
    {
        await using var storage = EmbeddedStorage.Open(folder.Path, TimeProvider.System);
        foreach (var (name, sequence) in acknowledged.Sequences)
        {
            var log = LogName.Parse(name);
            var tail = await storage.Storage.Names.ReadWholeTailAsync(log, Ct);
            var head = tail.Head.Head;
            Assert.True(head.Sequence >= sequence, $"{name} stands at {head.Sequence}, and {sequence} was acknowledged.");
            Assert.True(head.Checkpoint.Verify());

            // From the first entry to the head without a gap: first the pages, then the tail.
            var link = log.Id;
            foreach (var record in await storage.Storage.Names.ReadPagesAsync(log, 0, int.MaxValue, Ct)) link = await FollowAsync(storage.Storage.Pages, record, link);
            foreach (var segment in tail.Segments) link = Chain.Extend(link, [.. Page.ReadBlock(segment.Block)]);
            Assert.Equal(head.Link, link);
            Assert.Equal(tail.Segments.Sum(segment => segment.Block.Length), tail.Head.TailBytes);
        }

        // And it goes on.
        Assert.NotNull(await storage.Storage.Names.AppendAsync(A.Segment(), Ct));
    }

    private static async Task<Digest> FollowAsync(IContentStore pages, PageRecord record, Digest link)
    {
        await using var stream = await pages.FindAsync(record.Address, 0, null, Ct);
        var bytes = new byte[record.Size];
        await stream!.ReadExactlyAsync(bytes, Ct);
        Assert.True(Page.TryParse(bytes, out var page));
        Assert.Equal(link, page.Before);
        return page.Link;
    }

    /// <summary>What the process printed: the newest acknowledged sequence of each log.</summary>
    private sealed class Acknowledged
    {
        public Dictionary<string, long> Sequences { get; } = [];

        public int Lines { get; private set; }

        public int Failed { get; private set; }

        public void Add(string? line)
        {
            var parts = line?.Split(' ') ?? throw new InvalidOperationException("The process ended by itself.");
            Lines++;
            if (parts[1] == "failed") Failed++;
            else Sequences[parts[0]] = long.Parse(parts[1]);
        }

        public async Task ReadToEndAsync(Process process, CancellationToken cancellationToken)
        {
            while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line) Add(line);
            await process.WaitForExitAsync(cancellationToken);
        }
    }
}
