using System.Security.Cryptography;
using RemoteLog.Server;
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
        if (storage.IsShared)
        {
            throw new InvalidSettingException($"{Setting} is not set. With Azure storage it must be, to 32 random bytes in base64 that all instances share.");
        }

        var path = Path.Combine(dataFolder, FileName);
        var text = KeyFile.ReadOrCreate(path, () => Convert.ToBase64String(RandomNumberGenerator.GetBytes(TargetSeal.KeySize)));
        return [Parse(text, path), .. previous];
    }

    private static byte[] Parse(string text, string source)
    {
        var key = new byte[TargetSeal.KeySize];
        return Convert.TryFromBase64String(text.Trim(), key, out var length) && length == key.Length
            ? key
            : throw new InvalidSettingException($"{source} is not {TargetSeal.KeySize} bytes in base64.");
    }
}
