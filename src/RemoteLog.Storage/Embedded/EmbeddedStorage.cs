using System.Diagnostics.Metrics;
using RemoteLog.Server.Storage;

namespace RemoteLog.Storage.Embedded;

/// <summary>
/// All that RemoteLog stores, in one folder of this machine: a SQLite database for what changes and files for content. It belongs to one process
/// at a time. Dispose of it last: what was accepted is committed first.
/// </summary>
public sealed class EmbeddedStorage : IAsyncDisposable
{
    /// <summary>The meter under which it counts commits and the changes in them.</summary>
    public const string MeterName = "RemoteLog.Storage";

    private readonly FileStream folderLock;
    private readonly Meter meter;
    private readonly Readers readers;
    private readonly Writer writer;

    private EmbeddedStorage(string folder, string database, Session session, ContentFiles pages, ContentFiles content, TimeProvider time, FileStream folderLock)
    {
        this.folderLock = folderLock;
        meter = new Meter(MeterName, version: null, tags: [new("remotelog.storage.folder", folder)]);
        readers = new Readers(database);
        writer = new Writer(session, meter);
        Storage = new LogStorage(
            new NameRegistry(writer, readers), pages, content, new ContentUses(writer, readers), new JobQueue(writer, time), new Quarantine(writer, readers),
            new DeviceRegistry(writer, readers));
    }

    /// <summary>What the server works on.</summary>
    public LogStorage Storage { get; }

    /// <summary>Opens a data folder, creates it where there is none, and brings an older one up to date.</summary>
    /// <param name="folder">Where everything lies; on a local disk, since locks and flushes must be real.</param>
    /// <param name="time">By which jobs become due.</param>
    /// <exception cref="DataFolderInUseException">Another process has it open.</exception>
    /// <exception cref="NewerSchemaException">A newer version of RemoteLog wrote it.</exception>
    public static EmbeddedStorage Open(string folder, TimeProvider time)
    {
        folder = Path.GetFullPath(folder);
        Disk.EnsureFolder(folder);
        var folderLock = FolderLock.Take(folder);
        Session? session = null;
        try
        {
            var database = Path.Combine(folder, "remotelog.db");
            session = Schema.Open(database);
            var pages = new ContentFiles(Path.Combine(folder, "pages"));
            var content = new ContentFiles(Path.Combine(folder, "content"));
            return new EmbeddedStorage(folder, database, session, pages, content, time, folderLock);
        }
        catch
        {
            session?.Dispose();
            folderLock.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // The last connection to close copies the write-ahead log back into the database, which only the writer's can.
        readers.Dispose();
        await writer.DisposeAsync();
        meter.Dispose();
        await folderLock.DisposeAsync();
    }
}
