namespace RemoteLog.Testing;

/// <summary>A folder that goes when the test does.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("remotelog-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
