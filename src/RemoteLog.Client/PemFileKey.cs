using RemoteLog.Protocol;

namespace RemoteLog.Client;

/// <summary>A key in a PEM file (PKCS#8), for machines without a better place for it. Whoever reads the file can write the owner's logs.</summary>
public sealed class PemFileKey : ILogKey, IDisposable
{
    private readonly SigningKey key;

    private PemFileKey(SigningKey key) => this.key = key;

    public Owner Owner => key.Owner;

    /// <summary>Makes a new key and keeps it at <paramref name="path"/>, readable by this user alone.</summary>
    /// <exception cref="KeyFileException">There is a file already, which is never overwritten, or it cannot be written.</exception>
    public static PemFileKey Create(string path, KeyCurve curve = KeyCurve.P256)
    {
        var key = SigningKey.Create(curve);
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using var file = new FileStream(path, options);
            file.Write(System.Text.Encoding.ASCII.GetBytes(key.ToPem() + '\n'));
            file.Flush(flushToDisk: true);
            return new PemFileKey(key);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            key.Dispose();
            throw new KeyFileException(File.Exists(path) ? $"There is a key at {path} already; it stays as it is." : $"No key can be kept at {path}: {exception.Message}", exception);
        }
    }

    /// <summary>The key kept at <paramref name="path"/>.</summary>
    /// <exception cref="KeyFileException">No file, no access, or no private key in it that can own a log.</exception>
    public static PemFileKey Load(string path)
    {
        try
        {
            return new PemFileKey(SigningKey.FromPem(File.ReadAllText(path)));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new KeyFileException($"There is no key at {path}.", exception) { IsMissing = true };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new KeyFileException($"The key at {path} cannot be read: {exception.Message}", exception);
        }
        catch (ArgumentException exception)
        {
            throw new KeyFileException($"{path} does not hold a private key on P-256 or secp256k1 as PEM. Restore it from a copy, or move it away.", exception);
        }
    }

    public ValueTask<Signature> SignAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken) => new(key.Sign(text.Span));

    public void Dispose() => key.Dispose();
}
