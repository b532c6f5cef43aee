using RemoteLog.Protocol;
using RemoteLog.Server;

namespace RemoteLog.Functions;

/// <summary>Keys of the service's own in its data folder, for when the settings bring none.</summary>
internal static class ServiceKeyFile
{
    /// <summary>The key in the file, which the first start makes.</summary>
    /// <exception cref="InvalidSettingException">The file holds something else.</exception>
    public static SigningKey Open(string folder, string name, KeyCurve curve)
    {
        var path = Path.Combine(folder, name);
        return Parse(KeyFile.ReadOrCreate(path, curve), path, curve);
    }

    /// <param name="source">Where the key is from, for whoever has to mend it.</param>
    /// <exception cref="InvalidSettingException">It is no private key on that curve.</exception>
    public static SigningKey Parse(string pem, string source, KeyCurve curve)
    {
        try
        {
            return SigningKey.FromPem(pem, curve);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidSettingException($"{source} is not the PEM of a {(curve == KeyCurve.P256 ? "P-256" : "secp256k1")} private key.", exception);
        }
    }
}
