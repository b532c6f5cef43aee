using RemoteLog.Protocol;

namespace RemoteLog.Server;

/// <summary>A key of the service's own, made at the first start and kept in a file, for a service on one machine.</summary>
public static class KeyFile
{
    /// <summary>The PEM of a signing key at <paramref name="path"/>; a new key's where there is none.</summary>
    public static string ReadOrCreate(string path, KeyCurve curve) => ReadOrCreate(path, () =>
    {
        using var key = SigningKey.Create(curve);
        return key.ToPem();
    });

    /// <summary>The key's text at <paramref name="path"/>; that of <paramref name="make"/> where there is none.</summary>
    public static string ReadOrCreate(string path, Func<string> make)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
        if (!File.Exists(path)) Create(path, make());
        return File.ReadAllText(path);
    }

    /// <summary>Written aside and renamed: a crash leaves no key or a whole one. Only this user may read it.</summary>
    private static void Create(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var writer = new StreamWriter(path + ".new", options))
        {
            writer.Write(text);
            writer.Flush();
            ((FileStream)writer.BaseStream).Flush(flushToDisk: true);
        }
        File.Move(path + ".new", path);
    }
}
