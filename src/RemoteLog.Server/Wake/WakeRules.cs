using System.Buffers.Binary;
using System.Security.Cryptography;
using RemoteLog.Protocol;

namespace RemoteLog.Server.Wake;

/// <summary>
/// What becomes of a device's record: when there is news, when the device pulled, when a hint is due, and when it was tried. Nothing is stored or sent
/// here; whoever loses the race for a record asks again with the newer one. One device has one hint at most: news join it, they never queue behind it.
/// </summary>
internal sealed class WakeRules(HintOptions options, RandomNumberGenerator random)
{
    private const int StrikesToDrop = 3;

    /// <summary>For how long an endpoint may have no listener, and a webhook fail, before it is given up.</summary>
    private static readonly TimeSpan DeafToDrop = TimeSpan.FromDays(7), FailingToDrop = TimeSpan.FromDays(3);

    /// <summary>Between two tries where nobody listens.</summary>
    private static readonly TimeSpan DeafDelay = TimeSpan.FromHours(12);

    /// <summary>How long a registration may wait to be confirmed.</summary>
    public static readonly TimeSpan Unconfirmed = TimeSpan.FromDays(1);

    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Persistence = TimeSpan.FromHours(1);
    private static readonly TimeSpan StrikesApart = TimeSpan.FromHours(24);

    /// <summary>A hint overdue by so much has lost its job, and whoever has news for it gives it another.</summary>
    private static readonly TimeSpan Overdue = TimeSpan.FromMinutes(10);

    /// <summary>The log moved.</summary>
    public DeviceState Merge(DeviceState state, HintTag tag, long sequence, DateTimeOffset now)
    {
        if (state.Registration is not { Confirmed: true } registration || state.Known.SequenceOf(tag) >= sequence) return state;

        var pending = state.Pending;
        if (pending is null || pending.DueAt is null)
        {
            // What was given up before is told along.
            return state with { Pending = NewPending(state, registration.Channel, (pending?.Moved ?? []).WithNews(tag, sequence), now) };
        }
        var due = pending.DueAt < now - Overdue ? FirstAt(state, registration.Channel, now, since: now) : pending.DueAt;
        if (pending.Moved.SequenceOf(tag) >= sequence) return due == pending.DueAt ? state : state with { Pending = pending with { DueAt = due } };

        var joined = pending with { Moved = pending.Moved.WithNews(tag, sequence), DueAt = due };
        return state with { Pending = pending.Attempts == 0 ? joined : joined with { Id = NewId(), TriedAt = null } };
    }

    /// <summary>The device pulled and has this much. A hint that would tell it nothing new is cancelled.</summary>
    public static DeviceState See(DeviceState state, IReadOnlyList<MovedTag> has, DateTimeOffset now)
    {
        var next = state with { SeenAt = now, Known = state.Known.Learn(has) };
        if (next is not { Registration.Confirmed: true, Pending: { } pending }) return next;
        var left = pending.Moved.Without(next.Known);
        return next with { Pending = left.Count == 0 ? null : pending with { Moved = left } };
    }

    /// <summary>The device does not follow that log any more.</summary>
    public static DeviceState Forget(DeviceState state, HintTag tag)
    {
        var next = state with { Known = [.. state.Known.Where(known => known.Tag != tag)] };
        if (next is not { Registration.Confirmed: true, Pending: { } pending }) return next;
        MovedTag[] left = [.. pending.Moved.Where(moved => moved.Tag != tag)];
        return next with { Pending = left.Length == 0 ? null : pending with { Moved = left } };
    }

    /// <summary>The hint that carries the token of a new registration.</summary>
    public Pending NewConfirmation(DateTimeOffset now) => new(NewId(), [], now, now);

    /// <summary>What a job that says that a hint is due at <paramref name="due"/> leads to.</summary>
    public Errand Decide(DeviceState state, DateTimeOffset due, DateTimeOffset now)
    {
        if (state.Registration is not { } registration || DueAt(state) is not { } dueAt) return new Errand.None();

        // Whoever moved it to a later time saw to it that there is a job for that time; unless this is that job, and our clocks differ.
        if (dueAt > now) return due == dueAt ? new Errand.TooEarly(dueAt) : new Errand.None();

        if (!registration.Confirmed) return Confirm(state, registration, now);
        return state.Pending is { DueAt: { } pendingAt } pending && pendingAt <= now
            ? Tell(state, registration, pending, now)
            : TellToPull(state, registration, now);
    }

    /// <summary>After a hint was tried.</summary>
    /// <param name="state">As it is by now; it may have changed meanwhile.</param>
    public DeviceState After(DeviceState state, Errand.Send sent, PushOutcome outcome, DateTimeOffset now)
    {
        // Registered anew meanwhile: what the service said is about what is no more.
        if (state.Registration is not { } registration || registration.Version != sent.Version) return state;

        var pace = options.Pace.Of(registration.Channel);
        var counts = outcome is PushOutcome.Unheard || (registration.Channel == PushChannel.Webhook && outcome is PushOutcome.Strike or PushOutcome.RetryAfter);
        if (counts)
        {
            var patience = registration.Channel == PushChannel.Webhook ? FailingToDrop : DeafToDrop;
            if (state.DeafSince + patience <= now) return state.Bury(now);
            state = state with { DeafSince = state.DeafSince ?? now };
        }
        return outcome switch
        {
            PushOutcome.Accepted => Told(state, registration, sent, now),
            PushOutcome.Gone(var since) => since is null || registration.At <= since ? state.Bury(now) : Retry(state, sent, now),
            PushOutcome.Strike => Strike(state, sent, now),
            PushOutcome.Unheard => Postpone(state, sent, now + DeafDelay),
            PushOutcome.RetryAfter { Delay: { } delay } => Postpone(Failed(state, sent, now), sent, now + delay),
            PushOutcome.RetryAfter => Retry(state, sent, now),
            PushOutcome.TooMany => Postpone(
                state with { Pace = pace.Slow(state.Pace, now) }, sent, Later(now, pace.NextAt(pace.Slow(state.Pace, now)))),

            // Spread, so that not all of them come back at the very same moment.
            PushOutcome.HostPause(var delay) => Postpone(state, sent, now + delay + Share(delay / 4)),
            PushOutcome.CredentialFault => Postpone(state, sent, now + LongestDelay + Share(LongestDelay / 4)),
            PushOutcome.OurBug => Drop(state, sent),
            _ => throw new ArgumentOutOfRangeException(nameof(outcome)),
        };
    }

    /// <summary>When something is due for the device; null: nothing is.</summary>
    private static DateTimeOffset? DueAt(DeviceState state) =>
        state.PullAt is { } pull && (state.Pending?.DueAt is not { } hint || pull < hint) ? pull : state.Pending?.DueAt;

    private static Errand Confirm(DeviceState state, Registration registration, DateTimeOffset now) =>
        state.Pending is not { } pending ? new Errand.None()
        : pending.Since + Unconfirmed <= now ? new Errand.Change(state with { Pending = null })
        : new Errand.Send(registration.Version, pending.Id, [], WithToken: true);

    private Errand Tell(DeviceState state, Registration registration, Pending pending, DateTimeOffset now)
    {
        // Discarded as a hint; what it would have told comes with the next one.
        if (pending.Since + options.TimeToLive <= now) return new Errand.Change(state with { Pending = pending with { DueAt = null } });

        var first = FirstAllowedAt(state, registration.Channel, pending.Since);
        return first > now
            ? new Errand.Change(state with { Pending = pending with { DueAt = first } })
            : new Errand.Send(registration.Version, pending.Id, pending.Moved, WithToken: false);
    }

    private Errand TellToPull(DeviceState state, Registration registration, DateTimeOffset now)
    {
        var interval = TimeSpan.FromMinutes(registration.PullMinutes);
        var first = Later(state.SeenAt + interval, options.Pace.Of(registration.Channel).NextAt(state.Pace));
        return first > now
            ? new Errand.Change(state with { PullAt = first })
            : new Errand.Send(registration.Version, NewId(), [], WithToken: false);
    }

    private DeviceState Told(DeviceState state, Registration registration, Errand.Send sent, DateTimeOffset now)
    {
        var next = state with { Strikes = null, DeafSince = null };
        if (sent.WithToken) return next with { Pending = registration.Confirmed ? next.Pending : null };

        next = next with
        {
            Known = next.Known.Learn(sent.Moved),
            Pace = options.Pace.Of(registration.Channel).Use(next.Pace, now),
            PullAt = NextPull(registration, now),
        };
        return Drop(next, sent) is { Pending: { } left } rest
            ? rest with { Pending = NewPending(rest, registration.Channel, left.Moved, now) }
            : next with { Pending = null };
    }

    /// <summary>Takes what was sent off what is to be told.</summary>
    private static DeviceState Drop(DeviceState state, Errand.Send sent)
    {
        if (state.Pending is not { } pending) return state;
        if (sent.WithToken) return state with { Pending = null };
        var left = pending.Moved.Without(sent.Moved);
        return state with { Pending = left.Count == 0 ? null : pending with { Moved = left } };
    }

    private DeviceState Strike(DeviceState state, Errand.Send sent, DateTimeOffset now)
    {
        var strikes = state.Strikes is { } before ? before with { Count = before.Count + 1 } : new Strikes(1, now);
        return strikes.Count >= StrikesToDrop && strikes.Since + StrikesApart <= now ? state.Bury(now) : Retry(state with { Strikes = strikes }, sent, now);
    }

    private DeviceState Retry(DeviceState state, Errand.Send sent, DateTimeOffset now)
    {
        var failed = Failed(state, sent, now);
        if (failed.Pending is not { } pending || pending.TriedAt is not { } first) return Postpone(failed, sent, now);
        if (first + Persistence <= now)
        {
            var givenUp = sent.WithToken ? null : pending with { DueAt = null, Attempts = 0, TriedAt = null };
            return Postpone(failed with { Pending = givenUp }, sent, now);
        }

        var longest = FirstDelay * Math.Pow(2, Math.Min(pending.Attempts - 1, 20));
        return Postpone(failed, sent, now + Share(longest < LongestDelay ? longest : LongestDelay));
    }

    /// <summary>Counts the failure, where the hint is still the one that was tried.</summary>
    private DeviceState Failed(DeviceState state, Errand.Send sent, DateTimeOffset now)
    {
        if (state.Pending is not { } pending || pending.Id != sent.Id) return state;
        var tried = pending with { Attempts = pending.Attempts + 1, TriedAt = pending.TriedAt ?? now };

        // News came while it was tried: what is tried next is another hint.
        return state with { Pending = ReferenceEquals(pending.Moved, sent.Moved) || pending.Moved.SequenceEqual(sent.Moved) ? tried : tried with { Id = NewId(), TriedAt = null } };
    }

    private static DeviceState Postpone(DeviceState state, Errand.Send sent, DateTimeOffset until)
    {
        var next = state.PullAt is not null && state.PullAt <= until && NextPull(state.Registration!, until) is { } pull ? state with { PullAt = pull } : state;
        if (next.Pending is not { DueAt: { } due } pending) return next;
        return pending.Id == sent.Id || due < until ? next with { Pending = pending with { DueAt = until } } : next;
    }

    private Pending NewPending(DeviceState state, PushChannel channel, IReadOnlyList<MovedTag> moved, DateTimeOffset now) =>
        new(NewId(), moved, FirstAt(state, channel, now, now), now);

    /// <summary>The first after a pause goes when the debounce ends, a later one when the pace allows: neither waits longer because more comes.</summary>
    private DateTimeOffset FirstAt(DeviceState state, PushChannel channel, DateTimeOffset now, DateTimeOffset since) =>
        Later(now.AddSeconds(options.Pace.Of(channel).DebounceSeconds), FirstAllowedAt(state, channel, since));

    /// <summary>A device that is awake will pull by itself; one that only says so, again and again, is told all the same.</summary>
    private DateTimeOffset FirstAllowedAt(DeviceState state, PushChannel channel, DateTimeOffset since)
    {
        var awake = state.SeenAt + options.Recent;
        var latest = since + (options.Recent * 2);
        return Later(options.Pace.Of(channel).NextAt(state.Pace), awake < latest ? awake : latest);
    }

    private static DateTimeOffset? NextPull(Registration registration, DateTimeOffset now) =>
        registration is { Confirmed: true, PullMinutes: > 0 and var minutes } ? now.AddMinutes(minutes) : null;

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    /// <summary>Anything from nothing to all of it.</summary>
    private TimeSpan Share(TimeSpan whole)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        random.GetBytes(bytes);
        return whole * (BinaryPrimitives.ReadUInt32LittleEndian(bytes) / (double)uint.MaxValue);
    }

    private Guid NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        random.GetBytes(bytes);
        return new Guid(bytes);
    }
}
