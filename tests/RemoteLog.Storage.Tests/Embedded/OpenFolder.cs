using Microsoft.Extensions.Time.Testing;
using RemoteLog.Storage.Embedded;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests.Embedded;

/// <summary>An embedded storage in a folder of its own.</summary>
internal sealed class OpenFolder : IAsyncDisposable
{
    private readonly TempFolder folder = new();

    public OpenFolder() => Storage = EmbeddedStorage.Open(folder.Path, Time);

    public FakeTimeProvider Time { get; } = new(A.Moment);

    public string Path => folder.Path;

    public string Database => System.IO.Path.Combine(folder.Path, "remotelog.db");

    public EmbeddedStorage Storage { get; private set; }

    /// <summary>Closes it and opens it again, as a restart does.</summary>
    public async Task ReopenAsync()
    {
        await Storage.DisposeAsync();
        Storage = EmbeddedStorage.Open(folder.Path, Time);
    }

    public async ValueTask DisposeAsync()
    {
        await Storage.DisposeAsync();
        folder.Dispose();
    }
}
