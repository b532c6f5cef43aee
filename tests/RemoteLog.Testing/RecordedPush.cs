using RemoteLog.Protocol;
using RemoteLog.Server.Wake;

namespace RemoteLog.Testing;

/// <summary>What was sent to a device, and when.</summary>
public sealed record SentHint(DateTimeOffset At, PushTarget Target, PushMessage Message)
{
    public Hint Hint => Message.Hint;
}

/// <summary>A push service that remembers what it is given and answers as it is told.</summary>
public sealed class RecordedPush(TimeProvider time) : IPushService
{
    private readonly List<SentHint> sent = [];

    /// <summary>What becomes of a hint; it is recorded all the same.</summary>
    public Func<SentHint, PushOutcome> Answer { get; set; } = _ => new PushOutcome.Accepted();

    /// <summary>What else happens while a hint is on its way.</summary>
    public Func<SentHint, Task> Meanwhile { get; set; } = _ => Task.CompletedTask;

    /// <summary>All that was tried, in order.</summary>
    public IReadOnlyList<SentHint> Sent
    {
        get
        {
            lock (sent) return [.. sent];
        }
    }

    public IReadOnlyList<SentHint> SentTo(string endpoint) => [.. Sent.Where(each => each.Target.Endpoint == endpoint)];

    public async ValueTask<PushOutcome> SendAsync(PushTarget target, PushMessage message, CancellationToken cancellationToken)
    {
        var hint = new SentHint(time.GetUtcNow(), target, message);
        lock (sent) sent.Add(hint);
        await Meanwhile(hint);
        return Answer(hint);
    }

    public void Clear()
    {
        lock (sent) sent.Clear();
    }
}
