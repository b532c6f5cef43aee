using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;

namespace RemoteLog.Client;

/// <summary>
/// Keeps what must not be forgotten in small files: a folder for each log, named by the log's id because not every file system tells upper case from
/// lower. Files are written aside, flushed and renamed, so a crash leaves the old or the new one. Several processes may share a folder; of two that
/// raise one mark at the same moment, the later stays.
/// </summary>
/// <param name="folder">Made when it is first needed.</param>
public sealed class FileLogMemory(string folder) : ILogMemory
{
    private const string Pending = "pending";
    private readonly Lock raising = new();

    public ValueTask<Checkpoint?> FindAsync(LogName log, Mark mark, CancellationToken cancellationToken) => new(Find(log, mark));

    public ValueTask RaiseAsync(Mark mark, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        lock (raising)
        {
            if (!(Find(checkpoint.Log, mark)?.Sequence >= checkpoint.Sequence)) Write(PathOf(checkpoint.Log, NameOf(mark)), checkpoint.ToArray());
        }
        return default;
    }

    public ValueTask<ulong?> FindUpdateAsync(LogName log, EthereumAddress publisher, CancellationToken cancellationToken) => new(FindUpdate(log, publisher));

    public ValueTask RaiseUpdateAsync(LogName log, EthereumAddress publisher, ulong index, CancellationToken cancellationToken)
    {
        lock (raising)
        {
            if (!(FindUpdate(log, publisher) >= index)) Write(PathOf(log, NameOf(publisher)), Encoding.ASCII.GetBytes(index.ToString(CultureInfo.InvariantCulture)));
        }
        return default;
    }

    public ValueTask<PendingUpdate?> FindPendingUpdateAsync(LogName log, EthereumAddress publisher, CancellationToken cancellationToken) =>
        new(Read(PathOf(log, PendingNameOf(publisher))) is { Length: > sizeof(ulong) } bytes
            ? new PendingUpdate(BinaryPrimitives.ReadUInt64BigEndian(bytes), bytes.AsMemory(sizeof(ulong)))
            : null);

    public ValueTask SetPendingUpdateAsync(LogName log, EthereumAddress publisher, PendingUpdate? update, CancellationToken cancellationToken)
    {
        var path = PathOf(log, PendingNameOf(publisher));
        if (update is not null)
        {
            var bytes = new byte[sizeof(ulong) + update.Bytes.Length];
            BinaryPrimitives.WriteUInt64BigEndian(bytes, update.Index);
            update.Bytes.CopyTo(bytes.AsMemory(sizeof(ulong)));
            Write(path, bytes);
        }
        else if (File.Exists(path))
        {
            File.Delete(path);
        }
        return default;
    }

    public ValueTask<ReadOnlyMemory<byte>?> FindPendingAsync(LogName log, CancellationToken cancellationToken) =>
        new(Read(PathOf(log, Pending)) is { } segment ? (ReadOnlyMemory<byte>?)segment : null);

    public ValueTask SetPendingAsync(LogName log, ReadOnlyMemory<byte>? segment, CancellationToken cancellationToken)
    {
        var path = PathOf(log, Pending);
        if (segment is { } bytes) Write(path, bytes.Span);
        else if (File.Exists(path)) File.Delete(path);
        return default;
    }

    public IDisposable Claim(LogName log)
    {
        var path = PathOf(log, "writer");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new LogInUseException(log, exception);
        }
    }

    private static string NameOf(Mark mark) => mark == Mark.Seen ? "seen" : "walked";

    private static string NameOf(EthereumAddress publisher) => $"mirror-{publisher}";

    private static string PendingNameOf(EthereumAddress publisher) => $"mirror-{publisher}-pending";

    private static byte[]? Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);

        // A name of its own for each write: another process may be raising the same mark.
        var aside = $"{path}.{Path.GetRandomFileName()}";
        try
        {
            using (var file = new FileStream(aside, FileMode.CreateNew, FileAccess.Write))
            {
                file.Write(bytes);
                file.Flush(flushToDisk: true);
            }
            File.Move(aside, path, overwrite: true);
        }
        finally
        {
            File.Delete(aside);
        }
    }

    private Checkpoint? Find(LogName log, Mark mark)
    {
        var path = PathOf(log, NameOf(mark));
        if (Read(path) is not { } bytes) return null;

        // The signature is checked so that a damaged file cannot pass for something the owner said.
        return Checkpoint.TryParse(bytes, out var checkpoint) && checkpoint.Log.Equals(log) && checkpoint.Verify()
            ? checkpoint with { Log = log }
            : throw new RemoteLogException(
                $"{path} is damaged. Without it, nobody can tell whether {log} was rolled back; remove it to start anew from what the server shows.");
    }

    private ulong? FindUpdate(LogName log, EthereumAddress publisher)
    {
        var path = PathOf(log, NameOf(publisher));
        if (Read(path) is not { } bytes) return null;
        return ulong.TryParse(bytes, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index
            : throw new RemoteLogException(
                $"{path} is damaged. Without it, nobody can tell whether the mirror of {log} went back; remove it to start anew from what there is now.");
    }

    private string PathOf(LogName log, string name) => Path.Combine(folder, log.Id.ToString(), name);
}
