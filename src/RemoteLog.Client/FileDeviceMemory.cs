namespace RemoteLog.Client;

/// <summary>
/// Keeps it in one file that only this user may read. Written aside, flushed and renamed, so a crash leaves the old or the new; several processes may
/// share the file.
/// </summary>
/// <param name="path">Made, with its folder, when it is first needed. One for each server.</param>
public sealed class FileDeviceMemory(string path) : IDeviceMemory
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public async ValueTask ChangeAsync(Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>?> change, CancellationToken cancellationToken)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
        using var claim = await ClaimAsync(cancellationToken).ConfigureAwait(false);
        if (change(File.Exists(path) ? File.ReadAllBytes(path) : default(ReadOnlyMemory<byte>)) is { } next) Write(next.Span);
    }

    /// <summary>Its path, for words about it.</summary>
    public override string ToString() => path;

    /// <summary>Others, here and in other processes, hold it for one change only.</summary>
    private async ValueTask<FileStream> ClaimAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException exception) when (exception is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException))
            {
                await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(path + ".new", options))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }
        File.Move(path + ".new", path, overwrite: true);
    }
}
