using System.Security.Cryptography;
using RemoteLog.Server.Wake;

namespace RemoteLog.Functions.Devices;

/// <summary>The keys that seal where devices' hints go. Without them no device can be woken until it registers anew, so they must outlive the process.</summary>
internal static class DeviceKeys
{
    private const string Setting = "Devices:Key", PreviousSetting = "Devices:PreviousKey", FileName = "device-key";

    /// <summary>
    /// From <c>Devices:Key</c> (32 bytes in base64), or from the data folder, where the first start makes one. To change keys, the old one becomes
    /// <c>Devices:PreviousKey</c>, which only opens, until devices have registered anew.
    /// </summary>
    /// <exception cref="InvalidSettingException">One is no such key, or many instances would each make their own.</exception>
    public static IReadOnlyList<byte[]> Open(IConfiguration configuration, StorageOptions storage, string dataFolder)
    {
        byte[][] previous = configuration[PreviousSetting] is { Length: > 0 } old ? [Parse(old, PreviousSetting)] : [];
        if (configuration[Setting] is { Length: > 0 } key) return [Parse(key, Setting), .. previous];
        if (storage.AccountNames.Count > 0 && !storage.UsesEmulator)
        {
            throw new InvalidSettingException($"{Setting} is not set. With Azure storage it must be, to 32 random bytes in base64 that all instances share.");
        }

        Directory.CreateDirectory(dataFolder);
        var path = Path.Combine(dataFolder, FileName);
        if (!File.Exists(path)) Create(path);
        return [Parse(File.ReadAllText(path), path), .. previous];
    }

    private static byte[] Parse(string text, string source)
    {
        var key = new byte[TargetSeal.KeySize];
        return Convert.TryFromBase64String(text.Trim(), key, out var length) && length == key.Length
            ? key
            : throw new InvalidSettingException($"{source} is not {TargetSeal.KeySize} bytes in base64.");
    }

    /// <summary>Written aside and renamed: a crash leaves no key or a whole one. Only this user may read it.</summary>
    private static void Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var writer = new StreamWriter(path + ".new", options))
        {
            writer.Write(Convert.ToBase64String(RandomNumberGenerator.GetBytes(TargetSeal.KeySize)));
            writer.Flush();
            ((FileStream)writer.BaseStream).Flush(flushToDisk: true);
        }
        File.Move(path + ".new", path);
    }
}
