using RemoteLog.Server.Storage;
using RemoteLog.Storage.Embedded;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests.Embedded;

/// <summary>An embedded storage in a folder of its own.</summary>
internal sealed class OpenFolder : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TimeProvider time;
    private EmbeddedStorage open;

    public OpenFolder(TimeProvider? time = null)
    {
        this.time = time ?? TimeProvider.System;
        open = EmbeddedStorage.Open(folder.Path, this.time);
    }

    public string Path => folder.Path;

    public string Database => System.IO.Path.Combine(folder.Path, "remotelog.db");

    public LogStorage Storage => open.Storage;

    /// <summary>Closes it and opens it again, as a restart does.</summary>
    public async Task ReopenAsync()
    {
        await CloseAsync();
        open = EmbeddedStorage.Open(folder.Path, time);
    }

    public ValueTask CloseAsync() => open.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        folder.Dispose();
    }
}
