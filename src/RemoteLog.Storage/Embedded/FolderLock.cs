namespace RemoteLog.Storage.Embedded;

/// <summary>
/// Keeps a second process off the data folder. The lock is the open file, not its existence: the kernel lets go of it however the process ends,
/// so one left behind by SIGKILL stops nobody.
/// </summary>
internal static class FolderLock
{
    // EWOULDBLOCK on Linux and on macOS; ERROR_SHARING_VIOLATION on Windows.
    private const int LinuxWouldBlock = 11, MacWouldBlock = 35, WindowsSharingViolation = unchecked((int)0x80070020);

    /// <exception cref="DataFolderInUseException">Somebody holds it.</exception>
    public static FileStream Take(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, "remotelog.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (exception.HResult is LinuxWouldBlock or MacWouldBlock or WindowsSharingViolation)
        {
            throw new DataFolderInUseException(folder, exception);
        }
    }
}
