using System.Security.Cryptography;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Logging.Console;
using RemoteLog.Functions.Append;
using RemoteLog.Functions.Content;
using RemoteLog.Functions.Devices;
using RemoteLog.Functions.Http;
using RemoteLog.Functions.Ingest;
using RemoteLog.Functions.Operations;
using RemoteLog.Functions.Read;
using RemoteLog.Functions.Telemetry;
using RemoteLog.Protocol;
using RemoteLog.Server;
using RemoteLog.Server.Append;
using RemoteLog.Server.Ingest;
using RemoteLog.Server.Mirror;
using RemoteLog.Server.Read;
using RemoteLog.Server.Replicate;
using RemoteLog.Server.Seal;
using RemoteLog.Server.Storage;
using RemoteLog.Server.Sweep;
using RemoteLog.Server.Wake;
using RemoteLog.Storage.Embedded;
using RemoteLog.Storage.Swarm;

namespace RemoteLog.Functions;

/// <summary>The service, put together: settings, storage, the log, its routes.</summary>
public static class RemoteLogApp
{
    /// <summary>Opens storage and builds the app; it is yet to be started. Disposing of the app closes its storage.</summary>
    /// <param name="args">Settings: <c>--urls</c>, <c>--Data:Folder</c> and the rest as docs/settings.md lists them.</param>
    /// <param name="time">The clock; tests bring their own.</param>
    /// <param name="replace">Puts others in the place of what reaches beyond this process; tests do.</param>
    /// <exception cref="InvalidSettingException">A setting makes no sense.</exception>
    /// <exception cref="DataFolderInUseException">Another process has the data folder open.</exception>
    /// <exception cref="NewerSchemaException">The data folder was written by a newer version.</exception>
    public static WebApplication Build(string[] args, TimeProvider? time = null, Action<IServiceCollection>? replace = null)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = Settings.Defaults });
        builder.Logging.AddConsoleLines(builder.Configuration);
        builder.Services.AddServiceTelemetry(builder.Configuration);
        var isHosted = FunctionsHost.HasStartedUs(builder.Configuration);
        if (isHosted) builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = FunctionsHost.ErrorsFrom);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;

            // Each route has its own limit and says so in its own words.
            kestrel.Limits.MaxRequestBodySize = null;
        });
        ServiceAddress.Bind(builder);

        var folder = FolderIn(builder.Configuration);
        var clock = time ?? TimeProvider.System;
        AddLog(builder.Services, builder.Configuration, clock);
        AddWake(builder.Services, builder.Configuration);

        var storage = Settings.Read<StorageOptions>(builder.Configuration, "Storage");
        builder.Services.AddStorage(
            storage, Settings.Read<ContentOptions>(builder.Configuration, "Content"), Settings.Read<SwarmSettings>(builder.Configuration, "Swarm"), folder, clock);
        builder.Services.AddSingleton(_ => ReceiptKey.Open(builder.Configuration, storage, folder));
        builder.Services.AddMirror(() => MirrorKey.Open(builder.Configuration, storage, folder));
        builder.Services.AddSingleton(provider => new TargetSeal(
            DeviceKeys.Open(builder.Configuration, storage, folder), provider.GetRequiredService<RandomNumberGenerator>()));
        CarriedHints.Add(builder.Services, builder.Configuration, storage, folder);
        replace?.Invoke(builder.Services);
        if (!isHosted) AddOwnTriggers(builder.Services);

        var app = builder.Build();
        _ = app.Services.GetRequiredService<LogStorage>();
        _ = app.Services.GetRequiredService<SigningKey>();
        _ = app.Services.GetRequiredService<TargetSeal>();
        _ = app.Services.GetRequiredService<Mirrorer>();

        // Under the Functions host somebody waits already: there, what more than a look at the VAPID keys would tell is left to the first hint and the checks.
        if (!isHosted && builder.Configuration.GetSection("Push").Exists()) app.Services.GetService<CarriedHints>()?.Check();
        app.UseProblems();
        MapRoutes(app);
        if (isHosted) app.Services.GetRequiredService<EnvelopeTriggers>().Map(app);
        app.Services.GetRequiredService<LogMetrics>().Watch(() => app.Services.GetRequiredService<HeadWatch>().Taken);
        app.Lifetime.ApplicationStopping.Register(app.Services.GetRequiredService<HeadWatch>().Release);
        return app;
    }

    /// <summary>Says on the console where the started app is to be found.</summary>
    public static void Greet(WebApplication app)
    {
        Console.WriteLine($"RemoteLog listens on {string.Join(", ", app.Urls)}");
        var storage = app.Services.GetRequiredService<StorageOptions>();
        var place = storage.AccountNames.Count == 0 ? FolderIn(app.Configuration)
            : storage.UsesEmulator ? "the storage emulator"
            : $"Azure storage, {storage.Accounts}";
        Console.WriteLine($"Data is in {place}");
        if (app.Services.GetService<SwarmMirror>() is { } mirror) Console.WriteLine($"Logs are mirrored to Swarm, published by {mirror.Publisher}");
    }

    /// <summary>The Functions host starts us in the app's own folder, which is read-only once it is deployed: there, data goes to the temporary folder.</summary>
    private static string FolderIn(IConfiguration configuration) => Path.GetFullPath(
        configuration["Data:Folder"] is { Length: > 0 } setting ? setting
        : FunctionsHost.HasStartedUs(configuration) ? Path.Combine(Path.GetTempPath(), "remotelog")
        : "data");

    private static void AddLog(IServiceCollection services, IConfiguration configuration, TimeProvider time)
    {
        services.AddSingleton(time);
        services.AddSingleton(Settings.Read<PageOptions>(configuration, "Pages"));
        services.AddSingleton(Settings.Read<LimitOptions>(configuration, "Limits"));
        services.AddSingleton(Settings.Read<WaitOptions>(configuration, "Wait"));
        services.AddSingleton(Settings.Read<SweepOptions>(configuration, "Sweep"));
        services.AddSingleton(Settings.Read<TriggerOptions>(configuration, "Triggers"));
        services.AddSingleton(OperatorKey.Read(configuration));

        services.AddSingleton<OpenLogs>().AddSingleton<LogHistory>().AddSingleton<EntryContent>().AddSingleton<Appender>().AddSingleton<Ingester>();
        services.AddSingleton<Sealer>().AddSingleton<Sweeper>().AddSingleton<HeadWatch>().AddSingleton<EntryReader>();
        services.AddSingleton<Replicator>().AddSingleton<Repairer>();
        services.AddSingleton<SegmentsRoute>().AddSingleton<HeadRoute>().AddSingleton<EntriesRoute>().AddSingleton<PagesRoute>();
        services.AddSingleton<ForksRoute>().AddSingleton<ContentRedirect>().AddSingleton<ContentRoute>().AddSingleton<QuarantineRoute>().AddSingleton<HealthRoute>();
        services.AddSingleton<ChecksRoute>();
        OwnChecks.AddTo(services);
        SwarmChecks.AddTo(services);
        services.AddSingleton<RepairRoute>().AddSingleton(provider => ActivatorUtilities.CreateInstance<StorageHealth>(provider, new Func<SwarmContent?>(provider.GetService<SwarmContent>)));
        services.AddSingleton<Triggers>().AddSingleton<JobPump>().AddSingleton<EnvelopeTriggers>();
    }

    private static void AddWake(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(Settings.Read<HintOptions>(configuration, "Push"));
        services.AddSingleton(RandomNumberGenerator.Create());
        services.AddSingleton<Announcer>().AddSingleton<HintWorker>().AddSingleton<Deliverer>().AddSingleton<DeviceSweeper>().AddSingleton<WakeMeter>();
        services.AddSingleton<RegistrationLimit>().AddSingleton<DeviceRegistrar>().AddSingleton<DevicesRoute>().AddSingleton<PushRoute>();
    }

    /// <summary>What the Functions host does by triggers, the service does by itself.</summary>
    private static void AddOwnTriggers(IServiceCollection services)
    {
        services.AddHostedService<PumpsOfAllQueues>();
        services.AddSingleton<IHostedService>(provider => ActivatorUtilities.CreateInstance<Repeating>(
            provider, "The sweep", TimeSpan.FromMinutes(provider.GetRequiredService<SweepOptions>().Minutes),
            (Func<CancellationToken, ValueTask>)provider.GetRequiredService<Triggers>().SweepAsync));
    }

    private static void MapRoutes(WebApplication app)
    {
        T Get<T>() where T : notnull => app.Services.GetRequiredService<T>();
        string[] reads = [HttpMethods.Get, HttpMethods.Head];

        app.MapPost(LogRoute.Pattern + "/segments", Get<SegmentsRoute>().PostAsync);
        app.MapGet(LogRoute.Pattern, Get<HeadRoute>().GetAsync);
        app.MapGet(LogRoute.Pattern + "/entries", Get<EntriesRoute>().GetAsync);
        app.MapGet(LogRoute.Pattern + "/pages", Get<PagesRoute>().GetAsync);
        app.MapGet(LogRoute.Pattern + "/forks", Get<ForksRoute>().GetAsync);
        app.MapPut(ContentRoute.Pattern, Get<ContentRoute>().PutAsync);
        app.MapMethods(ContentRoute.Pattern, reads, Get<ContentRoute>().GetAsync);

        app.MapPut(DevicesRoute.Pattern, Get<DevicesRoute>().RegisterAsync);
        app.MapDelete(DevicesRoute.Pattern, Get<DevicesRoute>().UnregisterAsync);
        app.MapGet(DevicesRoute.Pattern, Get<DevicesRoute>().GetAsync);
        app.MapPost(DevicesRoute.Pattern + "/confirm", Get<DevicesRoute>().ConfirmAsync);
        app.MapPut(DevicesRoute.Pattern + "/follows", Get<DevicesRoute>().FollowAsync);
        app.MapDelete(DevicesRoute.Pattern + "/follows", Get<DevicesRoute>().UnfollowAsync);
        app.MapPost(DevicesRoute.Pattern + "/seen", Get<DevicesRoute>().SeeAsync);
        app.MapGet(PushRoute.Pattern, Get<PushRoute>().GetAsync);

        var operators = Get<OperatorKey>();
        app.MapGet(QuarantineRoute.Pattern, operators.Only(Get<QuarantineRoute>().ListAsync));
        app.MapGet(QuarantineRoute.ItemPattern, operators.Only(Get<QuarantineRoute>().GetAsync));
        app.MapDelete(QuarantineRoute.ItemPattern, operators.Only(Get<QuarantineRoute>().DeleteAsync));
        app.MapPost(QuarantineRoute.ItemPattern + "/replay", operators.Only(Get<QuarantineRoute>().ReplayAsync));

        app.MapGet(ChecksRoute.Pattern, operators.Only(Get<ChecksRoute>().GetAsync));
        app.MapPost(LogRoute.Pattern + "/repair", operators.Only(Get<RepairRoute>().PostAsync));

        app.MapGet("/api/health/live", HealthRoute.LiveAsync);
        app.MapGet("/api/health/ready", Get<HealthRoute>().ReadyAsync);
        app.MapGet(OpenApiRoute.Pattern, OpenApiRoute.GetAsync);
        app.MapGet("/", HealthRoute.WelcomeAsync);
    }
}
