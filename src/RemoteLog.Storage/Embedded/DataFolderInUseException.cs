namespace RemoteLog.Storage.Embedded;

/// <summary>Another process, or another <see cref="EmbeddedStorage"/> in this one, has the data folder open.</summary>
public sealed class DataFolderInUseException(string folder, Exception cause)
    : IOException($"The data folder {folder} is in use by another process. Stop that one, or give this one a folder of its own.", cause)
{
    public string Folder { get; } = folder;
}
