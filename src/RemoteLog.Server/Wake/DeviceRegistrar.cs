using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Server.Wake;

/// <summary>
/// Takes what devices state about how they are woken. A device is to send its statements one after another: of two sent at once, the one with the lower
/// number may be refused.
/// </summary>
public sealed class DeviceRegistrar
{
    /// <summary>How often to start over because the device's record changed meanwhile.</summary>
    private const int Attempts = 16;

    private const int TokenSize = 16, SecretSize = 16, MinWebhookSecret = 24;

    private const int MinPullMinutes = 20, MaxPullMinutes = 24 * 60;

    private readonly LogStorage storage;
    private readonly PushSetup push;
    private readonly TargetSeal seal;
    private readonly HintOptions options;
    private readonly RegistrationLimit limit;
    private readonly RandomNumberGenerator random;
    private readonly TimeProvider time;
    private readonly WakeRules rules;
    private readonly DeliveryJobs jobs;

    public DeviceRegistrar(
        LogStorage storage, PushSetup push, TargetSeal seal, HintOptions options, RegistrationLimit limit, RandomNumberGenerator random, TimeProvider time)
    {
        this.storage = storage;
        this.push = push;
        this.seal = seal;
        this.options = options;
        this.limit = limit;
        this.random = random;
        this.time = time;
        rules = new WakeRules(options, random);
        jobs = new DeliveryJobs(storage, time);
    }

    /// <summary>Does what the statement says. The newest statement again does the same again, in case it broke off.</summary>
    public async ValueTask<DeviceResult> AcceptAsync(DeviceStatement statement, CancellationToken cancellationToken)
    {
        // 1. Nothing is looked up for whoever is not that device.
        if (!statement.Verify()) return new DeviceResult.BadSignature();
        var id = DeviceState.IdOf(statement.Device);
        var text = Digest.Of(statement.Text()).ToString();

        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            // 2. Nothing is played back.
            var stored = await FindAsync(id, cancellationToken);
            var state = stored?.State;
            var isRepeated = state is not null && state.Number == statement.Number && state.Statement == text;
            if (state is not null && statement.Number <= state.Number && !isRepeated) return new DeviceResult.Stale(state.Number);

            // 3. What it says, as a new record of the device. The number counts from here on: whatever else is to be done is done again if it breaks off.
            var (next, refusal) = statement is DeviceStatement.Register register
                ? Register(id, state, register, isRepeated)
                : await ApplyAsync(id, state, statement, cancellationToken);
            if (refusal is not null) return refusal;
            next = next! with { Number = statement.Number, Statement = text, SeenAt = time.GetUtcNow() };
            if (!await TryStoreAsync(id, stored, next, cancellationToken)) continue;

            // 4. The rest of it.
            return await FinishAsync(id, statement, next, cancellationToken);
        }
        return new DeviceResult.Busy();
    }

    /// <summary>The device returns the token of its registration, which only it can have read. Whoever is confirmed pulls next: hints tell what comes after.</summary>
    public async ValueTask<DeviceResult> ConfirmAsync(Owner device, string token, CancellationToken cancellationToken)
    {
        var id = DeviceState.IdOf(device);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var stored = await FindAsync(id, cancellationToken);
            if (stored?.State.Registration is not { } registration) return new DeviceResult.Unknown();
            if (!seal.TryOpen(id, registration.Sealed.Span, out var target)
                || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(target.Token)))
            {
                return new DeviceResult.WrongToken();
            }
            if (registration.Confirmed) return await StatusAsync(device, id, stored.State, cancellationToken);

            var now = time.GetUtcNow();
            var next = stored.State with
            {
                Registration = registration with { Confirmed = true },
                Pending = null,
                PullAt = registration.PullMinutes > 0 ? now.AddMinutes(registration.PullMinutes) : null,
                SeenAt = now,
                LookAt = now + options.Silence,
            };
            if (await TryStoreAsync(id, stored, next, cancellationToken)) return await StatusAsync(device, id, next, cancellationToken);
        }
        return new DeviceResult.Busy();
    }

    private (DeviceState? Next, DeviceResult? Refusal) Register(Digest id, DeviceState? state, DeviceStatement.Register said, bool isRepeated)
    {
        // Asked again because the answer was lost, or because the token never came.
        if (isRepeated && state!.Registration is { Confirmed: true }) return (state, null);

        if (!PushChannels.TryParse(said.Channel, out var channel) || !push.Channels.Contains(said.Channel)) return (null, new DeviceResult.NotOffered(push.Channels));
        var target = new SealedTarget(said.Endpoint, said.App, said.PublicKey.ToArray(), said.Secret.ToArray(), NewText());
        if ((FindFault(channel, said) ?? push.FindFault(target.For(channel))) is { } fault) return (null, new DeviceResult.BadTarget(fault));

        var now = time.GetUtcNow();
        var basis = state ?? new DeviceState { Number = 0, Statement = string.Empty, SeenAt = now, LookAt = now };
        if (state?.Registration is { } before && before.Channel == channel && seal.TryOpen(id, before.Sealed.Span, out var known) && known.LeadsTo(target))
        {
            // The same place as before, so there is nothing to confirm once that was done; and the token may be on its way.
            var refreshed = before with { Version = said.Number, At = now, PullMinutes = said.PullMinutes };
            if (before.Confirmed)
            {
                var pull = said.PullMinutes == before.PullMinutes ? basis.PullAt : said.PullMinutes > 0 ? now.AddMinutes(said.PullMinutes) : (DateTimeOffset?)null;
                return (basis with { Registration = refreshed, PullAt = pull, LookAt = now + options.Silence }, null);
            }
            if (limit.Take(id, said.Endpoint) is { } pause) return (null, new DeviceResult.TooManyRegistrations(pause));
            return (basis with { Registration = refreshed, Pending = rules.NewConfirmation(now) }, null);
        }

        if (limit.Take(id, said.Endpoint) is { } wait) return (null, new DeviceResult.TooManyRegistrations(wait));
        var registration = new Registration(said.Number, channel, seal.Seal(id, target), NewText(), now, Confirmed: false, said.PullMinutes);
        return (
            basis with
            {
                Registration = registration,
                Pending = rules.NewConfirmation(now),
                PullAt = null,
                Strikes = null,
                Pace = PaceOf(basis, channel),
                LookAt = now + WakeRules.Unconfirmed,
            },
            null);
    }

    /// <summary>Whoever registers anew does not get more hints by it.</summary>
    private static PaceState PaceOf(DeviceState state, PushChannel channel) =>
        state.Registration?.Channel == channel ? state.Pace with { Slowed = 0 } : PaceState.Fresh;

    private async ValueTask<(DeviceState? Next, DeviceResult? Refusal)> ApplyAsync(
        Digest id, DeviceState? state, DeviceStatement statement, CancellationToken cancellationToken)
    {
        if (state is null || (state.Registration is null && statement is not DeviceStatement.Unregister)) return (null, new DeviceResult.Unknown());
        var now = time.GetUtcNow();
        switch (statement)
        {
            case DeviceStatement.Unregister:
                return (state.Registration is null ? state : state.Bury(now), null);
            case DeviceStatement.Seen(_, _, var has):
                return (WakeRules.See(state, has, now), null);
            case DeviceStatement.Follow(_, _, var log, var tag):
                var follows = await storage.Devices.ReadFollowsAsync(id, cancellationToken);
                var known = follows.Where(each => each.Log == log.Id).ToList();
                if (known.Count == 0 && follows.Count >= options.Follows) return (null, new DeviceResult.TooManyFollows());
                return (known is [var old] && old.Tag != tag ? WakeRules.Forget(state, old.Tag) : state, null);
            case DeviceStatement.Unfollow(_, _, var log):
                var followed = (await storage.Devices.ReadFollowsAsync(id, cancellationToken)).Where(each => each.Log == log.Id);
                return (followed.Aggregate(state, (current, each) => WakeRules.Forget(current, each.Tag)), null);
            default:
                return (state, null);
        }
    }

    private async ValueTask<DeviceResult> FinishAsync(Digest id, DeviceStatement statement, DeviceState state, CancellationToken cancellationToken)
    {
        switch (statement)
        {
            case DeviceStatement.Follow(_, _, var log, var tag):
                if (!await storage.Devices.TryFollowAsync(id, log.Id, tag, options.Followers, cancellationToken)) return new DeviceResult.TooManyFollowers();
                break;
            case DeviceStatement.Unfollow(_, _, var log):
                await storage.Devices.UnfollowAsync(id, log.Id, cancellationToken);
                break;
            case DeviceStatement.Unregister:
                // What a crash leaves of these the sweep removes.
                foreach (var followed in await storage.Devices.ReadFollowsAsync(id, cancellationToken))
                {
                    await storage.Devices.UnfollowAsync(id, followed.Log, cancellationToken);
                }
                break;
        }
        return await StatusAsync(statement.Device, id, state, cancellationToken);
    }

    private async ValueTask<DeviceResult> StatusAsync(Owner device, Digest id, DeviceState state, CancellationToken cancellationToken)
    {
        var follows = await storage.Devices.ReadFollowsAsync(id, cancellationToken);
        var registration = state.Registration;
        return new DeviceResult.Accepted(new DeviceStatus(
            device, state.Number, registration is null ? string.Empty : PushChannels.NameOf(registration.Channel), registration?.Confirmed ?? false,
            registration?.PullMinutes ?? 0, [.. follows.Select(each => each.Tag)]));
    }

    private static string? FindFault(PushChannel channel, DeviceStatement.Register said)
    {
        if (said.PullMinutes is not 0 and (< MinPullMinutes or > MaxPullMinutes))
        {
            return $"A device is told to pull every {MinPullMinutes} to {MaxPullMinutes} minutes, or never (0).";
        }
        if (channel == PushChannel.Webhook)
        {
            if (said.PublicKey.Length != 0) return "A webhook has no key: its calls are signed, not encrypted.";
            return said.Secret.Length < MinWebhookSecret ? $"A webhook's secret has {MinWebhookSecret} to {DeviceStatement.MaxSecret} bytes." : null;
        }
        if (said.PublicKey.Length == 0) return $"Hints are encrypted to a P-256 point of {DeviceStatement.PublicKeySize} bytes.";
        return said.Secret.Length != SecretSize ? $"The secret that hints are encrypted with has {SecretSize} bytes." : null;
    }

    private async ValueTask<bool> TryStoreAsync(Digest id, StoredDevice? stored, DeviceState next, CancellationToken cancellationToken)
    {
        if (!await jobs.TryReplaceAsync(id, stored, next, cancellationToken)) return false;

        // A token that is due at the very moment at which something else was: whether there is a job for that nobody knows.
        var (before, after) = (stored?.State.Pending, next.Pending);
        if (after?.DueAt is { } due && after.Id != before?.Id && due == before?.DueAt)
        {
            await jobs.EnqueueAsync([(next.Registration!.Channel, new DeliveryJob(id, due))], cancellationToken);
        }
        return true;
    }

    private async ValueTask<StoredDevice?> FindAsync(Digest id, CancellationToken cancellationToken) =>
        (await storage.Devices.FindAsync([id], cancellationToken))[0];

    /// <summary>22 characters that nobody can guess.</summary>
    private string NewText()
    {
        var bytes = new byte[TokenSize];
        random.GetBytes(bytes);
        return Base64Url.EncodeToString(bytes);
    }
}
