using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RemoteLog.Storage.Embedded;

/// <summary>Makes names durable. Flushing a file keeps its bytes through a power cut; only flushing its folder keeps its name.</summary>
internal static partial class Disk
{
    /// <summary>Creates a folder, and every folder above it that is missing, so that each is there after a power cut.</summary>
    public static void EnsureFolder(string folder)
    {
        if (Directory.Exists(folder)) return;
        var parent = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException($"There is no folder {folder}.");
        EnsureFolder(parent);
        Directory.CreateDirectory(folder);
        FlushFolder(parent);
    }

    /// <summary>Makes what was created in, renamed into or deleted from a folder durable. Windows journals names by itself and has no call for it.</summary>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;

        // .NET refuses to open folders, though it flushes one well enough.
        using var handle = new SafeFileHandle(Open(folder, ReadOnly), ownsHandle: true);
        if (handle.IsInvalid) throw new IOException($"Cannot open the folder {folder}: {Marshal.GetLastPInvokeErrorMessage()}.");
        RandomAccess.FlushToDisk(handle);
    }

    private const int ReadOnly = 0;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
