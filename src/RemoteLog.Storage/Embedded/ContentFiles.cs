using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Storage.Embedded;

/// <summary>
/// Content as files, each named by its address. A file is written aside, flushed, and only then given its name, so that what has a name is whole.
/// </summary>
internal sealed class ContentFiles : IContentStore
{
    private const int CopyBytes = 64 * 1024;

    private readonly string root;
    private readonly string incoming;
    private readonly Lock gate = new();
    private long lastAside;

    public ContentFiles(string root)
    {
        this.root = root;
        incoming = Path.Combine(root, ".incoming");
        Disk.EnsureFolder(incoming);

        // Whatever lies aside was on its way in when the last process ended.
        foreach (var leftover in Directory.EnumerateFiles(incoming)) File.Delete(leftover);

        // The last process may have ended between creating a folder and flushing its name.
        Disk.FlushFolder(root);
    }

    public Cid AddressOf(ReadOnlyMemory<byte> content) => Cid.Of(content.Span);

    public bool Accepts(CidKind kind) => true;

    public async ValueTask PutAsync(Cid address, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (IsThere(address)) return;
        var aside = NextAside();
        try
        {
            await using (var file = Create(aside))
            {
                await file.WriteAsync(content, cancellationToken);
                file.Flush(flushToDisk: true);
            }
            Name(aside, address);
        }
        finally
        {
            File.Delete(aside);
        }
    }

    public async ValueTask<UploadOutcome> UploadAsync(Cid address, Stream content, long maxBytes, CancellationToken cancellationToken)
    {
        if (IsThere(address)) return UploadOutcome.AlreadyThere;
        var aside = NextAside();
        try
        {
            using var hash = new ContentHasher(address.Kind);
            await using (var file = Create(aside))
            {
                var buffer = new byte[CopyBytes];
                for (var left = maxBytes; await content.ReadAsync(buffer, cancellationToken) is > 0 and var read;)
                {
                    left -= read;
                    if (left < 0) return UploadOutcome.TooLarge;
                    hash.Append(buffer.AsSpan(0, read));
                    await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                }
                if (hash.Finish() != address) return UploadOutcome.WrongAddress;
                file.Flush(flushToDisk: true);
            }
            Name(aside, address);
            return UploadOutcome.Stored;
        }
        finally
        {
            File.Delete(aside);
        }
    }

    public ValueTask<long?> FindLengthAsync(Cid address, CancellationToken cancellationToken)
    {
        var file = new FileInfo(PathOf(address));
        return new(file.Exists ? file.Length : null);
    }

    public ValueTask<Stream?> FindAsync(Cid address, long offset, long? length, CancellationToken cancellationToken)
    {
        FileStream file;
        try
        {
            file = new FileStream(
                PathOf(address), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0,
                FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return new((Stream?)null);
        }
        file.Position = offset;
        return new(length is { } bound ? new BoundedStream(file, bound) : file);
    }

    public ValueTask DeleteAsync(Cid address, CancellationToken cancellationToken)
    {
        var path = PathOf(address);
        if (!File.Exists(path)) return ValueTask.CompletedTask;
        File.Delete(path);

        // Or the file could come back after a power cut, when nobody knows of it any more.
        Disk.FlushFolder(Path.GetDirectoryName(path)!);
        return ValueTask.CompletedTask;
    }

    private static FileStream Create(string aside) =>
        new(aside, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);

    // Addresses begin alike; the two characters before the last spread them evenly over 1,024 folders.
    private string PathOf(Cid address)
    {
        var name = address.ToString();
        return Path.Combine(root, name[^3..^1], name);
    }

    private string NextAside() => Path.Combine(incoming, Interlocked.Increment(ref lastAside).ToString());

    private bool IsThere(Cid address)
    {
        var path = PathOf(address);
        if (!File.Exists(path)) return false;

        // It may have been named a moment ago by somebody who has not got to flushing the name yet.
        Disk.FlushFolder(Path.GetDirectoryName(path)!);
        return true;
    }

    private void Name(string aside, Cid address)
    {
        var path = PathOf(address);
        var folder = Path.GetDirectoryName(path)!;

        // One at a time, so that nobody relies on a folder whose own name is not durable yet.
        lock (gate) Disk.EnsureFolder(folder);
        File.Move(aside, path, overwrite: true);
        Disk.FlushFolder(folder);
    }
}
