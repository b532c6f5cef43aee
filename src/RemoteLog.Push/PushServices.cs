using System.Diagnostics;
using Microsoft.Extensions.Logging;
using RemoteLog.Protocol;
using RemoteLog.Push.Apns;
using RemoteLog.Push.Fcm;
using RemoteLog.Push.Hosts;
using RemoteLog.Push.Http;
using RemoteLog.Push.Webhooks;
using RemoteLog.Push.WebPush;
using RemoteLog.Server.Wake;

namespace RemoteLog.Push;

/// <summary>All the ways to a device. They share nothing but the code, so that one which fails does not slow another.</summary>
public sealed partial class PushServices : IPushService, IDisposable
{
    private readonly PushMeter meter;
    private readonly GuardedHttp http;
    private readonly VapidKeys vapid;
    private readonly WebPushSender webPush;
    private readonly WebhookSender webhooks;
    private readonly ApnsSender? apns;
    private readonly FcmSender? fcm;

    private PushServices(PushOptions options, string? dataFolder, ILogger logger, TimeProvider time, PushTransport transport)
    {
        var seconds = TimeSpan.FromSeconds(options.Http.RequestSeconds);
        var strangers = new HostLimits(options.Hosts.InFlight, options.Hosts.PerSecond, Slowed: 0.5, TimeSpan.FromSeconds(options.Hosts.RecoverySeconds));
        HostGates Gates(HostLimits limits) => new(options.Hosts, limits, time);

        Rules = new EndpointRules(options.Endpoints);
        vapid = new VapidKeys(options.Vapid, dataFolder, time);
        meter = new PushMeter(scope: this);
        var attempts = new Attempts(meter, time, logger);
        http = new GuardedHttp(Rules, options.Http, transport, time);
        webPush = new WebPushSender(Rules, http, vapid, Gates(strangers), attempts, seconds);
        webhooks = new WebhookSender(Rules, http, Gates(strangers), attempts, time, TimeSpan.FromSeconds(options.Http.WebhookSeconds));

        // Apple limits by device and by connection, and Google by project: their gates only pause and break.
        if (options.Apns.Key.Length > 0) apns = new ApnsSender(options.Apns, options.Http, transport, Gates(new HostLimits(int.MaxValue, 0, 1, TimeSpan.Zero)), attempts, time);
        if (options.Fcm.Credentials.Length > 0)
        {
            var project = new HostLimits(int.MaxValue, options.Fcm.PerSecond, Slowed: 0, TimeSpan.FromSeconds(options.Fcm.RampUpSeconds));
            fcm = new FcmSender(options.Fcm, options.Apns.AlertText, options.Http, transport, Gates(project), attempts, time);
        }

        Channels = ChannelsOf(options);
        if (options.Vapid.Subject.Length == 0) NoSubject(logger);
    }

    /// <summary>Those that are configured: Apple's and Google's need credentials.</summary>
    public IReadOnlyList<PushChannel> Channels { get; }

    /// <summary>Which endpoints may be registered.</summary>
    public EndpointRules Rules { get; }

    /// <summary>What web push clients subscribe with, their <c>applicationServerKey</c>: base64url of a point.</summary>
    public string VapidPublicKey => vapid.Current;

    /// <summary>Those that settings configure.</summary>
    public static IReadOnlyList<PushChannel> ChannelsOf(PushOptions options) =>
    [
        PushChannel.WebPush, PushChannel.UnifiedPush, PushChannel.Webhook,
        .. options.Apns.Key.Length == 0 ? Array.Empty<PushChannel>() : [PushChannel.Apns, PushChannel.ApnsAlert],
        .. options.Fcm.Credentials.Length == 0 ? Array.Empty<PushChannel>() : [PushChannel.Fcm, PushChannel.FcmHigh],
    ];

    /// <summary>Opens what the settings ask for. Nothing is connected to before the first hint.</summary>
    /// <param name="options">Checked already.</param>
    /// <param name="dataFolder">Where the VAPID key is made and kept when none is set; null where many instances would each make their own.</param>
    /// <param name="logger">Hears what operators should know; never an endpoint, a token or a key.</param>
    /// <param name="time">The clock.</param>
    /// <param name="transport">How to connect, where services are emulated; null: over the network.</param>
    /// <exception cref="ArgumentException">A setting cannot be used; the message says which.</exception>
    public static PushServices Open(PushOptions options, string? dataFolder, ILogger logger, TimeProvider time, PushTransport? transport = null) =>
        new(options, dataFolder, logger, time, transport ?? new PushTransport());

    public ValueTask<PushOutcome> SendAsync(PushTarget target, PushMessage message, CancellationToken cancellationToken) => target.Channel switch
    {
        PushChannel.WebPush or PushChannel.UnifiedPush => webPush.SendAsync(target, message, cancellationToken),
        PushChannel.Webhook => webhooks.SendAsync(target, message, cancellationToken),
        PushChannel.Apns or PushChannel.ApnsAlert => apns?.SendAsync(target, message, cancellationToken) ?? NotConfigured(),
        PushChannel.Fcm or PushChannel.FcmHigh => fcm?.SendAsync(target, message, cancellationToken) ?? NotConfigured(),
        _ => throw new UnreachableException(),
    };

    /// <summary>Why hints cannot go there, in a sentence for whoever registers it; null when they can.</summary>
    public string? FindFault(PushTarget target)
    {
        if (Rules.Check(target.Channel, target.Endpoint) is { } fault) return fault;
        if (target.Channel != PushChannel.Webhook && !HintCipher.IsPublicKey(target.PublicKey.Span)) return "The key that hints are to be encrypted to is no point of P-256.";
        return target.Channel is PushChannel.WebPush or PushChannel.UnifiedPush && !vapid.Has(target.App)
            ? "It was subscribed with another VAPID key than this service has." : null;
    }

    public void Dispose()
    {
        apns?.Dispose();
        fcm?.Dispose();
        http.Dispose();
        vapid.Dispose();
        meter.Dispose();
    }

    /// <summary>A device that registered while it was.</summary>
    private static ValueTask<PushOutcome> NotConfigured() => new(new PushOutcome.CredentialFault("not configured"));

    [LoggerMessage(Level = LogLevel.Warning, Message = "Push:Vapid:Subject is not set, a mailto: or https: address; some web push services refuse hints without one.")]
    private static partial void NoSubject(ILogger logger);
}
