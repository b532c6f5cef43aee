using Microsoft.Extensions.Logging;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Server.Wake;

/// <summary>The second stage of waking: one job, one device, at most one hint.</summary>
public sealed partial class Deliverer
{
    /// <summary>How often to record an outcome again because the record kept changing.</summary>
    private const int Attempts = 16;

    private readonly LogStorage storage;
    private readonly IPushService push;
    private readonly TargetSeal seal;
    private readonly HintOptions options;
    private readonly WakeRules rules;
    private readonly WakeMeter meter;
    private readonly DeliveryJobs jobs;
    private readonly TimeProvider time;
    private readonly ILogger<Deliverer> logger;

    public Deliverer(
        LogStorage storage, IPushService push, TargetSeal seal, HintOptions options, System.Security.Cryptography.RandomNumberGenerator random,
        WakeMeter meter, TimeProvider time, ILogger<Deliverer> logger)
    {
        this.storage = storage;
        this.push = push;
        this.seal = seal;
        this.options = options;
        this.meter = meter;
        this.time = time;
        this.logger = logger;
        rules = new WakeRules(options, random);
        jobs = new DeliveryJobs(storage, time);
    }

    /// <summary>A job of one of <see cref="PushChannels.Queues"/>. Doing it twice sends a hint that replaces the first.</summary>
    /// <exception cref="FormatException">The body is no such job.</exception>
    public async ValueTask DeliverAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (!DeliveryJob.TryParse(body.Span, out var job)) throw new FormatException("Not a job to deliver a hint.");

        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            // 1. What there is to tell by now. However old the job is, only the record counts.
            if (await FindAsync(job.Device, cancellationToken) is not { } stored) return;
            switch (rules.Decide(stored.State, job.DueAt, time.GetUtcNow()))
            {
                case Errand.None:
                    return;
                case Errand.TooEarly(var due):
                    await jobs.EnqueueAsync([(stored.State.Registration!.Channel, job with { DueAt = due })], cancellationToken);
                    return;
                case Errand.Change(var next):
                    if (await jobs.TryReplaceAsync(job.Device, stored, next, cancellationToken)) return;
                    break;
                case Errand.Send send:
                    await SendAsync(job.Device, stored, send, cancellationToken);
                    return;
            }
        }
        throw new TimeoutException("A device's record kept changing; the job comes again.");
    }

    private async ValueTask SendAsync(Digest device, StoredDevice stored, Errand.Send send, CancellationToken cancellationToken)
    {
        var registration = stored.State.Registration!;
        if (!seal.TryOpen(device, registration.Sealed.Span, out var target))
        {
            // Its key is not configured any more. Registering anew mends it, and so does the key.
            Unreadable(device);
            await RecordAsync(device, stored, send, new PushOutcome.CredentialFault("the sealed target cannot be opened"), cancellationToken);
            return;
        }

        // 2. The hint. A crash after it leaves the record as it was, and the same hint is sent again under the same id.
        var outcome = await push.SendAsync(
            target.For(registration.Channel), new PushMessage(send.ToHint(target.Token), send.Id, registration.Topic, options.TimeToLive), cancellationToken);

        // 3. What became of it.
        Count(registration.Channel, stored.State.Pending, outcome, device);
        await RecordAsync(device, stored, send, outcome, cancellationToken);
    }

    private async ValueTask RecordAsync(
        Digest device, StoredDevice? stored, Errand.Send send, PushOutcome outcome, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts && stored is not null; attempt++)
        {
            var next = rules.After(stored.State, send, outcome, time.GetUtcNow());
            if (ReferenceEquals(next, stored.State)) return;
            if (await jobs.TryReplaceAsync(device, stored, next, cancellationToken))
            {
                if (next.Registration is null) meter.Gone(stored.State.Registration!.Channel);
                return;
            }
            stored = await FindAsync(device, cancellationToken);
        }
        if (stored is not null) throw new TimeoutException("A device's record kept changing; the job comes again.");
    }

    private async ValueTask<StoredDevice?> FindAsync(Digest device, CancellationToken cancellationToken) =>
        (await storage.Devices.FindAsync([device], cancellationToken))[0];

    private void Count(PushChannel channel, Pending? pending, PushOutcome outcome, Digest device)
    {
        switch (outcome)
        {
            case PushOutcome.Accepted:
                meter.Sent(channel, pending is null ? TimeSpan.Zero : time.GetUtcNow() - pending.Since);
                break;
            case PushOutcome.Strike(var reason):
                meter.Struck(channel);
                Struck(device, channel, reason);
                break;
            case PushOutcome.TooMany or PushOutcome.HostPause:
                meter.Throttled(channel);
                break;
            case PushOutcome.CredentialFault(var reason):
                Refused(channel, reason);
                break;
            case PushOutcome.OurBug(var reason):
                Buggy(channel, reason);
                break;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The target of device {Device} cannot be opened: the key it was sealed with is not configured.")]
    private partial void Unreadable(Digest device);

    [LoggerMessage(LogLevel.Information, "A hint to device {Device} by {Channel} counts against its registration: {Reason}")]
    private partial void Struck(Digest device, PushChannel channel, string reason);

    [LoggerMessage(LogLevel.Error, "The service behind {Channel} does not accept who we are: {Reason}")]
    private partial void Refused(PushChannel channel, string reason);

    [LoggerMessage(LogLevel.Error, "A hint by {Channel} was one that nobody accepts, and is not sent again: {Reason}")]
    private partial void Buggy(PushChannel channel, string reason);
}
