using RemoteLog.Protocol;
using RemoteLog.Server;
using RemoteLog.Server.Mirror;
using RemoteLog.Server.Storage;
using RemoteLog.Storage.Swarm;

namespace RemoteLog.Functions;

/// <summary>The key that owns the feeds of mirrored logs. Readers find the mirror by its Ethereum address, so it must outlive the process, and the service.</summary>
internal static class MirrorKey
{
    /// <summary>
    /// From <c>Mirror:Key</c> (a PEM), or from the data folder, where the first start makes one. Null on Azure storage without that setting: instances
    /// that each made their own would each publish elsewhere, so nothing is mirrored.
    /// </summary>
    /// <exception cref="InvalidSettingException">It is no secp256k1 private key.</exception>
    public static SigningKey? Open(IConfiguration configuration, StorageOptions storage, string dataFolder)
    {
        if (configuration["Mirror:Key"] is { Length: > 0 } pem) return ServiceKeyFile.Parse(pem, "Mirror:Key", KeyCurve.Secp256k1);
        if (storage.IsShared) return null;
        return ServiceKeyFile.Open(dataFolder, "mirror-key.pem", KeyCurve.Secp256k1);
    }

    /// <summary>Logs are mirrored where content is kept on Swarm and there is a key.</summary>
    public static void AddMirror(this IServiceCollection services, Func<SigningKey?> open)
    {
        services.AddSingleton(provider => new Mirrorer(
            provider.GetRequiredService<LogStorage>(), provider.GetService<SwarmMirror>(), provider.GetRequiredService<PageOptions>(),
            provider.GetRequiredService<ILogger<Mirrorer>>()));
        if (services.All(service => service.ServiceType != typeof(SwarmContent)) || open() is not { } key) return;
        services.AddSingleton(provider => new SwarmMirror(provider.GetRequiredService<SwarmContent>(), key));
    }
}
