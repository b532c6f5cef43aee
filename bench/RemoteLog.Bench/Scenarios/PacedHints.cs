using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using RemoteLog.Bench.Load;
using RemoteLog.Bench.Servers;
using RemoteLog.Functions;
using RemoteLog.Functions.Operations;
using RemoteLog.Protocol;
using RemoteLog.Server.Wake;

namespace RemoteLog.Bench.Scenarios;

/// <summary>A log that is appended to a thousand times in a minute, on virtual time: how often that wakes a device of each channel.</summary>
internal static class PacedHints
{
    private const int Appends = 1000;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    public static async Task<IReadOnlyList<Measurement>> RunAsync(Action<string> progress)
    {
        progress("hints: a thousand appends in a virtual minute");
        var folder = Directory.CreateTempSubdirectory("remotelog-bench-");
        try
        {
            return await RunAsync(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<IReadOnlyList<Measurement>> RunAsync(string folder)
    {
        var (time, push) = (new VirtualTime(), new CountingPush());
        var channels = Enum.GetValues<PushChannel>();
        await using var app = RemoteLogApp.Build(
            ["--urls", PlainServer.Address, "--Data:Folder", folder, "--Logging:LogLevel:Default", "None", "--Triggers:PollMilliseconds", "600000"], time,
            services => services.AddSingleton<IPushService>(push).AddSingleton(
                new PushSetup(new PushOffer(string.Empty, [.. channels.Select(PushChannels.NameOf)]), _ => null)));
        await app.StartAsync();
        var (registrar, pump) = (app.Services.GetRequiredService<DeviceRegistrar>(), app.Services.GetRequiredService<JobPump>());
        using var writer = new LogDevice(0);
        using var hintKey = HintKey.Create();
        foreach (var channel in channels)
        {
            using var key = SigningKey.Create();
            var isWebhook = channel == PushChannel.Webhook;
            DeviceStatement register = new DeviceStatement.Register(
                key.Owner, 1, PushChannels.NameOf(channel), $"{channel}", string.Empty, isWebhook ? default : hintKey.PublicKey,
                isWebhook ? RandomNumberGenerator.GetBytes(32) : hintKey.Secret, 0);
            await registrar.AcceptAsync(register.SignedBy(key), CancellationToken.None);
            await pump.PumpAsync(CancellationToken.None);
            await registrar.ConfirmAsync(key.Owner, push.Token, CancellationToken.None);
            DeviceStatement follow = new DeviceStatement.Follow(key.Owner, 2, writer.Log, new HintTag(RandomNumberGenerator.GetBytes(HintTag.Size)));
            await registrar.AcceptAsync(follow.SignedBy(key), CancellationToken.None);
        }
        time.Pass(TimeSpan.FromHours(1));

        using var connection = new HttpConnection(new Uri(app.Urls.Single()).Port);
        for (var i = 0; i < Appends; i++)
        {
            connection.Exchange(writer.AppendRequest(entries: 1));
            time.Pass(Minute / Appends);
            if (i % 10 == 9) await pump.PumpAsync(CancellationToken.None);
        }
        await app.StopAsync();

        var paces = new HintOptions().Pace;
        return
        [
            .. channels.Select(channel =>
            {
                var (pace, sent) = (paces.Of(channel), push.Sent.GetValueOrDefault(channel));
                var most = pace.Burst + (int)(Minute.TotalSeconds / pace.GapSeconds);
                return new Measurement($"hints to a device by {PushChannels.NameOf(channel)} while {Appends:N0} appends came in a minute", sent, "hints")
                {
                    Target = new Target($"1 to {most}", sent >= 1 && sent <= most),
                };
            }),
        ];
    }

    /// <summary>A clock that is set by hand; timers are real.</summary>
    private sealed class VirtualTime : TimeProvider
    {
        private long ticks = DateTimeOffset.UtcNow.UtcTicks;

        public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref ticks), TimeSpan.Zero);

        public void Pass(TimeSpan span) => Interlocked.Add(ref ticks, span.Ticks);
    }

    private sealed class CountingPush : IPushService
    {
        /// <summary>Of the newest registration.</summary>
        public string Token { get; private set; } = string.Empty;

        public ConcurrentDictionary<PushChannel, int> Sent { get; } = [];

        public ValueTask<PushOutcome> SendAsync(PushTarget target, PushMessage message, CancellationToken cancellationToken)
        {
            if (message.Hint.Token is { } token) Token = token;
            else Sent.AddOrUpdate(target.Channel, 1, (_, sent) => sent + 1);
            return new(new PushOutcome.Accepted());
        }
    }
}
