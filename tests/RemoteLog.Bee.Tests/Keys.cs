using System.Security.Cryptography;
using RemoteLog.Protocol;

namespace RemoteLog.Bee.Tests;

/// <summary>Keys on Swarm's curve.</summary>
internal static class Keys
{
    public static SigningKey New()
    {
        using var key = ECDsa.Create(ECCurve.CreateFromValue("1.3.132.0.10"));
        return SigningKey.FromPem(key.ExportPkcs8PrivateKeyPem());
    }
}
