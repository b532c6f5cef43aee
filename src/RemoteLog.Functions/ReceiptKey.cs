using RemoteLog.Protocol;

namespace RemoteLog.Functions;

/// <summary>The key that signs receipts. Readers who keep receipts know the service by it, so it must outlive the process.</summary>
internal static class ReceiptKey
{
    private const string FileName = "receipt-key.pem";

    /// <summary>From <c>Receipts:Key</c> (a PEM), or from the data folder, where the first start makes one.</summary>
    /// <exception cref="InvalidSettingException">It is no P-256 private key, or many instances would each make their own.</exception>
    public static SigningKey Open(IConfiguration configuration, StorageOptions storage, string dataFolder)
    {
        if (configuration["Receipts:Key"] is { Length: > 0 } pem) return Parse(pem, "Receipts:Key");
        if (storage.AccountNames.Count > 0 && !storage.UsesEmulator)
        {
            throw new InvalidSettingException("Receipts:Key is not set. With Azure storage it must be, to the PEM of a P-256 private key that all instances share.");
        }

        Directory.CreateDirectory(dataFolder);
        var path = Path.Combine(dataFolder, FileName);
        if (!File.Exists(path)) Create(path);
        return Parse(File.ReadAllText(path), path);
    }

    private static SigningKey Parse(string pem, string source)
    {
        try
        {
            return SigningKey.FromPem(pem);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidSettingException($"{source} is not the PEM of a P-256 private key.", exception);
        }
    }

    /// <summary>Written aside and renamed: a crash leaves no key or a whole one. Only this user may read it.</summary>
    private static void Create(string path)
    {
        using var key = SigningKey.Create();
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
