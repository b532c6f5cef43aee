namespace RemoteLog.Cli;

/// <summary>What devices do all day, and how the service is set up for it.</summary>
internal sealed record Profile
{
    public double Devices { get; init; }

    /// <summary>That each device writes a day.</summary>
    public double Messages { get; init; }

    /// <summary>In a message.</summary>
    public double Bytes { get; init; }

    /// <summary>Messages that travel in one segment.</summary>
    public double Batch { get; init; }

    /// <summary>Readers of each log.</summary>
    public double Followers { get; init; }

    /// <summary>How often a day each of them asks for what is new.</summary>
    public double Reads { get; init; }

    /// <summary>How often a day each of them is woken by a hint, at the most; 0: the service wakes nobody.</summary>
    public double Hints { get; init; }

    /// <summary>Requests that wait for a head at any time.</summary>
    public double Waiting { get; init; }

    /// <summary>Days that messages are kept.</summary>
    public double Retention { get; init; }

    public Mode Mode { get; init; }

    public Host Host { get; init; }

    public Store Store { get; init; }

    /// <summary>Megabytes of a Functions instance.</summary>
    public double Memory { get; init; }

    /// <summary>Of a Container Apps replica, which has 2 GiB for each.</summary>
    public double Cpu { get; init; }

    /// <summary>Container Apps replicas that are never taken away.</summary>
    public double Replicas { get; init; }

    /// <summary>Milliseconds between a replica's looks at its queues.</summary>
    public double Poll { get; init; }

    /// <summary>What can be turned, with the settings that only matter on the other host left out.</summary>
    public IEnumerable<(string Name, double Value, Func<double, Profile> With)> Knobs()
    {
        yield return ("devices", Devices, value => this with { Devices = value });
        yield return ("messages", Messages, value => this with { Messages = value });
        yield return ("bytes", Bytes, value => this with { Bytes = value });
        yield return ("batch", Batch, value => this with { Batch = value });
        yield return ("followers", Followers, value => this with { Followers = value });
        yield return ("reads", Reads, value => this with { Reads = value });
        yield return ("hints", Hints, value => this with { Hints = value });
        yield return ("waiting", Waiting, value => this with { Waiting = value });
        yield return ("retention", Retention, value => this with { Retention = value });
        if (Host == Host.Functions)
        {
            yield return ("memory", Memory, value => this with { Memory = value });
            yield break;
        }
        yield return ("cpu", Cpu, value => this with { Cpu = value });
        yield return ("replicas", Replicas, value => this with { Replicas = value });
        yield return ("poll", Poll, value => this with { Poll = value });
    }
}

/// <summary>The spec's three ways to make pages.</summary>
internal enum Mode
{
    AllEmbedded,
    NoneEmbedded,
    OneEntry,
}

/// <summary>What runs the service.</summary>
internal enum Host
{
    Functions,
    Containers,
}

/// <summary>What keeps pages and content.</summary>
internal enum Store
{
    Blob,
    Swarm,

    /// <summary>Blob storage, and copies in Swarm.</summary>
    Both,
}
