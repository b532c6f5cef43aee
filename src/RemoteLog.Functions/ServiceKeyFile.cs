using RemoteLog.Protocol;

namespace RemoteLog.Functions;

/// <summary>Keys of the service's own in its data folder, for when the settings bring none.</summary>
internal static class ServiceKeyFile
{
    /// <summary>The key in the file, which the first start makes.</summary>
    /// <exception cref="InvalidSettingException">The file holds something else.</exception>
    public static SigningKey Open(string folder, string name, KeyCurve curve)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, name);
        if (!File.Exists(path)) Create(path, curve);
        return Parse(File.ReadAllText(path), path, curve);
    }

    /// <param name="source">Where the key is from, for whoever has to mend it.</param>
    /// <exception cref="InvalidSettingException">It is no private key on that curve.</exception>
    public static SigningKey Parse(string pem, string source, KeyCurve curve)
    {
        try
        {
            var key = SigningKey.FromPem(pem);
            if (key.Owner.IsSecp256k1 == (curve == KeyCurve.Secp256k1)) return key;
            key.Dispose();
        }
        catch (ArgumentException exception)
        {
            throw NotOn(curve, source, exception);
        }
        throw NotOn(curve, source, null);
    }

    private static InvalidSettingException NotOn(KeyCurve curve, string source, Exception? exception) =>
        new($"{source} is not the PEM of a {(curve == KeyCurve.P256 ? "P-256" : "secp256k1")} private key.", exception);

    /// <summary>Written aside and renamed: a crash leaves no key or a whole one. Only this user may read it.</summary>
    private static void Create(string path, KeyCurve curve)
    {
        using var key = SigningKey.Create(curve);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var writer = new StreamWriter(path + ".new", options))
        {
            writer.Write(key.ToPem());
            writer.Flush();
            ((FileStream)writer.BaseStream).Flush(flushToDisk: true);
        }
        File.Move(path + ".new", path);
    }
}
