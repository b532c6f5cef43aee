using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests.Embedded;

public sealed class ContentFilesTests : IAsyncDisposable
{
    private readonly OpenFolder folder = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private IContentStore Content => folder.Storage.Content;

    private string Incoming => Path.Combine(folder.Path, "content", ".incoming");

    [Fact]
    public async Task Storing_the_same_again_writes_nothing()
    {
        var content = A.Bytes(1_000);
        await Content.PutAsync(Cid.Of(content), content, Ct);
        var file = Assert.Single(Directory.EnumerateFiles(folder.Path, Cid.Of(content).ToString(), SearchOption.AllDirectories));
        File.SetLastWriteTimeUtc(file, A.Moment.UtcDateTime);

        await Content.PutAsync(Cid.Of(content), content, Ct);
        await Content.UploadAsync(Cid.Of(content), new MemoryStream(content), content.Length, Ct);

        Assert.Equal(A.Moment.UtcDateTime, File.GetLastWriteTimeUtc(file));
    }

    [Fact]
    public async Task Even_nothing_has_an_address()
    {
        await Content.PutAsync(Cid.Of([]), Array.Empty<byte>(), Ct);

        Assert.Equal(0, await Content.FindLengthAsync(Cid.Of([]), Ct));
    }

    [Theory]
    [InlineData(UploadOutcome.Stored)]
    [InlineData(UploadOutcome.WrongAddress)]
    [InlineData(UploadOutcome.TooLarge)]
    public async Task Nothing_is_left_aside(UploadOutcome outcome)
    {
        var content = A.Bytes(10_000);
        var address = Cid.Of(outcome == UploadOutcome.WrongAddress ? content[1..] : content);

        Assert.Equal(outcome, await Content.UploadAsync(address, new MemoryStream(content), outcome == UploadOutcome.TooLarge ? 9_999 : 10_000, Ct));

        Assert.Empty(Directory.EnumerateFileSystemEntries(Incoming));
    }

    [Fact]
    public async Task What_was_left_aside_by_a_crash_is_removed()
    {
        await folder.CloseAsync();
        await File.WriteAllBytesAsync(Path.Combine(Incoming, "1"), A.Bytes(1_000), Ct);

        await folder.ReopenAsync();

        Assert.Empty(Directory.EnumerateFileSystemEntries(Incoming));
        var content = A.Bytes(1_000);
        await Content.PutAsync(Cid.Of(content), content, Ct);
        Assert.Equal(1_000, await Content.FindLengthAsync(Cid.Of(content), Ct));
    }

    public ValueTask DisposeAsync() => folder.DisposeAsync();
}
