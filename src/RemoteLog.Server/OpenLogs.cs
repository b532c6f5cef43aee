using Microsoft.Extensions.Caching.Memory;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Server;

/// <summary>A log in use: its prepared key, and its head as this process last saw it.</summary>
public sealed class OpenLog(LogName name)
{
    private volatile StoredHead? head;
    private long hintAt;
    private long announced;

    public LogName Name { get; } = name;

    /// <summary>Held by whoever seals it.</summary>
    public SemaphoreSlim Sealing { get; } = new(1);

    /// <summary>Held while a page or a repeated append is committed, so that the two do not go on losing the head to each other.</summary>
    public SemaphoreSlim Turn { get; } = new(1);

    /// <summary>May be behind when another process appends; the registry's version check then says so. Null: not known.</summary>
    public StoredHead? LastSeen
    {
        get => head;
        set => head = value;
    }

    /// <summary>When the newest job comes that looks at its followers, as far as this process knows; in ticks, UTC.</summary>
    public long HintAt
    {
        get => Volatile.Read(ref hintAt);
        set => Volatile.Write(ref hintAt, value);
    }

    /// <summary>Up to which sequence such a job is known to come after the append.</summary>
    public long Announced
    {
        get => Volatile.Read(ref announced);
        set => Volatile.Write(ref announced, value);
    }
}

/// <summary>The logs lately in use, at most <see cref="LimitOptions.OpenLogs"/>: an append then costs no read, and no key is prepared twice.</summary>
public sealed class OpenLogs(LimitOptions limits) : IDisposable
{
    private readonly MemoryCache logs = new(new MemoryCacheOptions { SizeLimit = limits.OpenLogs });

    /// <summary>Null when these are no owner and topic.</summary>
    public OpenLog? Find(string owner, string topic)
    {
        if (logs.TryGetValue((owner, topic), out OpenLog? known)) return known;
        return Topic.TryParse(topic, out var parsedTopic) && Owner.TryParse(owner, out var parsedOwner) ? Add(new LogName(parsedOwner, parsedTopic)) : null;
    }

    /// <summary>Null when this is no <c>owner/topic</c>.</summary>
    public OpenLog? Find(string name) => name.Split('/') is [var owner, var topic] ? Find(owner, topic) : null;

    public OpenLog Get(LogName name) =>
        logs.TryGetValue((name.Owner.Name, name.Topic.Value), out OpenLog? known) ? known! : Add(name);

    public void Dispose() => logs.Dispose();

    private OpenLog Add(LogName name) => logs.Set((name.Owner.Name, name.Topic.Value), new OpenLog(name), new MemoryCacheEntryOptions { Size = 1 });
}
