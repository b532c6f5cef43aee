using RemoteLog.Push;
using RemoteLog.Server.Wake;

namespace RemoteLog.Functions.Devices;

/// <summary>
/// The ways to devices, opened when the first hint goes out or the first device asks: a service that is started for an append does not wait for them.
/// </summary>
internal sealed class CarriedHints : IPushService, IDisposable
{
    private readonly Lazy<PushServices> services;

    private CarriedHints(PushOptions options, string? keyFolder, IServiceProvider provider)
    {
        services = new Lazy<PushServices>(() => Open(
            options, keyFolder, provider.GetRequiredService<ILogger<PushServices>>(), provider.GetRequiredService<TimeProvider>(), provider.GetService<PushTransport>()));
        Setup = new PushSetup(ChannelsOf(options), () => services.Value.VapidPublicKey, target => services.Value.FindFault(target));
    }

    public PushSetup Setup { get; }

    /// <summary>Adds it with what it is set up for.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="configuration">Settings under <c>Push</c>.</param>
    /// <param name="storage">Where many instances share it they cannot each make a VAPID key of their own: without a key of theirs no device is woken.</param>
    /// <param name="dataFolder">Where the key is made and kept otherwise.</param>
    /// <exception cref="InvalidSettingException">A setting is out of its range or misses another one that it needs, or a VAPID key is none.</exception>
    public static void Add(IServiceCollection services, IConfiguration configuration, StorageOptions storage, string dataFolder)
    {
        var options = Settings.Read<PushOptions>(configuration, "Push");
        try
        {
            PushCredentials.CheckVapid(options.Vapid);
        }
        catch (ArgumentException exception)
        {
            throw Invalid(exception);
        }
        var keyFolder = storage.IsShared ? null : dataFolder;
        PushChecks.AddTo(services, options, keyFolder);
        if (storage.IsShared && options.Vapid.Key.Length == 0)
        {
            if (options.Apns.Key.Length + options.Fcm.Credentials.Length > 0)
            {
                throw new InvalidSettingException("Push:Vapid:Key is not set. With Azure storage it must be, to the PEM of a P-256 private key that all instances share.");
            }
            services.AddSingleton(PushSetup.None).AddSingleton<IPushService, NoPush>();
            return;
        }
        services.AddSingleton(provider => new CarriedHints(options, keyFolder, provider));
        services.AddSingleton<IPushService>(provider => provider.GetRequiredService<CarriedHints>());
        services.AddSingleton(provider => provider.GetRequiredService<CarriedHints>().Setup);
    }

    /// <summary>Tries the settings, where there is time to.</summary>
    /// <exception cref="InvalidSettingException">A key or a list of hosts cannot be used.</exception>
    public void Check() => _ = services.Value;

    public ValueTask<PushOutcome> SendAsync(PushTarget target, PushMessage message, CancellationToken cancellationToken) =>
        services.Value.SendAsync(target, message, cancellationToken);

    public void Dispose()
    {
        if (services.IsValueCreated) services.Value.Dispose();
    }

    private static PushServices Open(PushOptions options, string? keyFolder, ILogger logger, TimeProvider time, PushTransport? transport)
    {
        try
        {
            return PushServices.Open(options, keyFolder, logger, time, transport);
        }
        catch (ArgumentException exception)
        {
            throw Invalid(exception);
        }
    }

    private static InvalidSettingException Invalid(ArgumentException exception) => new($"Settings 'Push': {exception.Message}", exception);

    private static IReadOnlyList<string> ChannelsOf(PushOptions options) => [.. PushServices.ChannelsOf(options).Select(PushChannels.NameOf)];
}
