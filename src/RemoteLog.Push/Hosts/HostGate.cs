using System.Diagnostics;
using RemoteLog.Server.Wake;

namespace RemoteLog.Push.Hosts;

/// <summary>
/// What is known about one host, and whether it is sent anything now: it paces, pauses, takes a broken host out of use, doubts a wave of "gone" and tells
/// a host that refuses us from one that refuses a device. Nobody waits here: whoever is not let in hears when to come back, so a slow host delays only itself.
/// </summary>
internal sealed class HostGate(HostOptions options, HostLimits limits, TimeProvider time)
{
    private const int Slices = 10;
    private const int RefusalsInDoubt = 3;

    private static readonly TimeSpan MaxWait = TimeSpan.FromHours(1);

    private readonly Lock gate = new();
    private readonly TimeSpan window = TimeSpan.FromMinutes(options.WindowMinutes);

    // All guarded by the gate.
    private readonly (long Slice, int Sent, int Gone)[] counts = new (long, int, int)[Slices];
    private readonly HashSet<ulong> refused = [];
    private int inFlight;
    private double tokens = Math.Max(1, limits.PerSecond);
    private DateTimeOffset tokensAt = time.GetUtcNow();
    private double slowedRate = limits.PerSecond;
    private DateTimeOffset slowedAt = DateTimeOffset.MinValue;
    private DateTimeOffset pausedUntil = DateTimeOffset.MinValue;
    private DateTimeOffset backlogEnds = DateTimeOffset.MinValue;
    private DateTimeOffset lastUsed = time.GetUtcNow();
    private DateTimeOffset? accepted;
    private DateTimeOffset openUntil = DateTimeOffset.MinValue;
    private bool open;
    private bool probing;
    private bool doubting;
    private int failures;

    /// <summary>Whether forgetting it loses nothing.</summary>
    public bool IsQuiet
    {
        get
        {
            lock (gate)
            {
                var now = time.GetUtcNow();
                return inFlight == 0 && !open && pausedUntil <= now && lastUsed + window < now;
            }
        }
    }

    /// <summary>Lets a request in, which must leave or be abandoned after; or says for how long to stay away.</summary>
    public bool TryEnter(out TimeSpan wait)
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            lastUsed = now;
            wait = now < pausedUntil ? pausedUntil - now
                : open && now < openUntil ? openUntil - now
                : open && probing ? TimeSpan.FromSeconds(options.ProbeSeconds)
                : inFlight >= limits.InFlight ? Backlog(now)
                : TakeToken(now) ? TimeSpan.Zero : Backlog(now);
            if (wait > TimeSpan.Zero) return false;
            if (open) probing = true;
            inFlight++;
            return true;
        }
    }

    /// <summary>The caller gave up: nothing was learned.</summary>
    public void Abandon()
    {
        lock (gate)
        {
            inFlight--;
            probing = false;
        }
    }

    /// <summary>Takes in what the host said to the target with this mark, and tells what it means.</summary>
    public (PushOutcome Outcome, HostChange Change) Leave(Answer answer, ulong mark)
    {
        lock (gate)
        {
            inFlight--;
            var now = time.GetUtcNow();
            var change = HostChange.None;
            var verdict = answer.Verdict switch
            {
                Verdict.Refused => IsAcceptedElsewhere(now, mark) ? Verdict.Strike : Verdict.CredentialFault,
                Verdict.Foreign => IsAcceptedElsewhere(now, mark) ? Verdict.Gone : Verdict.CredentialFault,
                var plain => plain,
            };
            Count(now, verdict == Verdict.Gone, ref change);
            switch (verdict)
            {
                case Verdict.CredentialFault:
                    change = open ? change : HostChange.Refused;
                    Open(now);
                    break;
                case Verdict.Failed:
                    failures++;
                    if (open && !probing) break;
                    if (!open && failures < options.Failures) break;
                    change = open ? change : HostChange.Broken;
                    Open(now);
                    break;
                case Verdict.Retry or Verdict.CredentialsMissing:
                    probing = false;
                    break;
                default:
                    failures = 0;
                    if (verdict == Verdict.Accepted)
                    {
                        accepted = now;
                        refused.Clear();
                    }
                    if (!open) break;

                    // It answers, and does so to us.
                    open = probing = false;
                    change = change == HostChange.None ? HostChange.Recovered : change;
                    break;
            }
            return (OutcomeOf(verdict, answer, now), change);
        }
    }

    private PushOutcome OutcomeOf(Verdict verdict, Answer answer, DateTimeOffset now) => verdict switch
    {
        Verdict.Accepted => new PushOutcome.Accepted(),
        Verdict.Gone when doubting => new PushOutcome.RetryAfter(null),
        Verdict.Gone => new PushOutcome.Gone(answer.Since),
        Verdict.Strike => new PushOutcome.Strike(answer.Reason),
        Verdict.Busy => new PushOutcome.HostPause(Pause(answer.Delay, now)),
        Verdict.TooMany => new PushOutcome.TooMany(),
        Verdict.Unheard => new PushOutcome.Unheard(),
        Verdict.Failed or Verdict.Retry => new PushOutcome.RetryAfter(answer.Delay),
        Verdict.CredentialFault or Verdict.CredentialsMissing => new PushOutcome.CredentialFault(answer.Reason),
        Verdict.OurBug => new PushOutcome.OurBug(answer.Reason),
        _ => throw new UnreachableException(),
    };

    /// <summary>
    /// Whether a refusal concerns the device. A host that has never accepted anything refuses us; one that lately did refuses the device; and one that did so
    /// long ago is in doubt until it has refused several.
    /// </summary>
    private bool IsAcceptedElsewhere(DateTimeOffset now, ulong mark)
    {
        if (accepted is null) return false;
        if (now - accepted < window) return true;
        if (refused.Count < RefusalsInDoubt) refused.Add(mark);
        return refused.Count < RefusalsInDoubt;
    }

    private void Open(DateTimeOffset now)
    {
        open = true;
        probing = false;
        openUntil = now + TimeSpan.FromSeconds(options.ProbeSeconds);
    }

    private TimeSpan Pause(TimeSpan? asked, DateTimeOffset now)
    {
        var pause = asked ?? TimeSpan.FromSeconds(options.PauseSeconds);
        if (pause > MaxWait) pause = MaxWait;

        // Answers to requests that were sent together count once.
        if (now >= pausedUntil)
        {
            slowedRate = Math.Max(RateAt(now) * limits.Slowed, limits.PerSecond / 100);
            tokens = 0;
        }
        if (now + pause > pausedUntil) pausedUntil = slowedAt = tokensAt = now + pause;
        return pause;
    }

    private double RateAt(DateTimeOffset now)
    {
        var recovered = limits.PerSecond * ((now - slowedAt) / limits.Recovery);
        return slowedAt == DateTimeOffset.MinValue ? limits.PerSecond : Math.Min(limits.PerSecond, slowedRate + Math.Max(0, recovered));
    }

    private bool TakeToken(DateTimeOffset now)
    {
        if (limits.PerSecond == 0) return true;
        var rate = RateAt(now);
        if (now > tokensAt)
        {
            tokens = Math.Min(Math.Max(1, rate), tokens + rate * (now - tokensAt).TotalSeconds);
            tokensAt = now;
        }
        if (tokens < 1) return false;
        tokens--;
        return true;
    }

    /// <summary>Those turned away come back one after another, not all at once.</summary>
    private TimeSpan Backlog(DateTimeOffset now)
    {
        var rate = limits.PerSecond == 0 ? limits.InFlight : RateAt(now);
        backlogEnds = (backlogEnds > now ? backlogEnds : now) + TimeSpan.FromSeconds(1 / rate);
        if (backlogEnds - now > MaxWait) backlogEnds = now + MaxWait;
        return backlogEnds - now;
    }

    /// <summary>Providers have said "gone" about good registrations, for wrong keys or in bad hours: a wave of it is not believed.</summary>
    private void Count(DateTimeOffset now, bool gone, ref HostChange change)
    {
        var slice = now.Ticks / (window.Ticks / Slices);
        ref var current = ref counts[slice % Slices];
        if (current.Slice != slice) current = (slice, 0, 0);
        current.Sent++;
        if (gone) current.Gone++;

        var (sent, lost) = (0, 0);
        foreach (var count in counts)
        {
            if (count.Slice <= slice - Slices) continue;
            sent += count.Sent;
            lost += count.Gone;
        }
        var doubtful = sent >= options.GoneMinimum && lost * 100 > sent * options.GonePercent;
        if (doubtful && !doubting) change = HostChange.Doubted;
        doubting = doubtful;
    }
}

/// <summary>What an operator should hear about a host.</summary>
internal enum HostChange
{
    None,

    /// <summary>Too many failures in a row: it is left alone but for a probe now and then.</summary>
    Broken,

    /// <summary>It does not accept our credentials: the same.</summary>
    Refused,
    Recovered,

    /// <summary>So many registrations are reported gone that it is no longer believed.</summary>
    Doubted,
}
