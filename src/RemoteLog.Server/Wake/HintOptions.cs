using System.ComponentModel.DataAnnotations;

namespace RemoteLog.Server.Wake;

/// <summary>Waking devices.</summary>
public sealed record HintOptions : IValidatableObject
{
    /// <summary>Seconds that appends to one log are gathered before its followers are looked at.</summary>
    [Range(1, 60)]
    public int WindowSeconds { get; init; } = 2;

    /// <summary>Followers of one log that are worked off by one job.</summary>
    [Range(1, 1000)]
    public int ShardSize { get; init; } = 500;

    /// <summary>A device that made itself heard within so many seconds is not woken.</summary>
    [Range(0, 600)]
    public int RecentSeconds { get; init; } = 30;

    /// <summary>Days for which a service may keep a hint, and after which one that never got out is given up.</summary>
    [Range(1, 28)]
    public int TimeToLiveDays { get; init; } = 7;

    /// <summary>Days of silence after which a device is forgotten. Google lets a token of FCM lapse after as many, so none is kept that could still serve.</summary>
    [Range(1, 3650)]
    public int SilentDays { get; init; } = 270;

    /// <summary>Days for which statements of a forgotten device cannot be played back.</summary>
    [Range(1, 3650)]
    public int TombstoneDays { get; init; } = 30;

    /// <summary>Logs that one device may follow.</summary>
    [Range(1, DeviceState.MaxTags)]
    public int Follows { get; init; } = DeviceState.MaxTags;

    /// <summary>Devices that may follow one log.</summary>
    [Range(1, 100_000_000)]
    public int Followers { get; init; } = 1_000_000;

    /// <summary>Registrations in an hour of one device, and as many of one endpoint: each sends a hint, which must not become a stranger's burden.</summary>
    [Range(1, 10_000)]
    public int RegistrationsPerHour { get; init; } = 10;

    /// <summary>Registrations in an hour of all devices together, in each process.</summary>
    [Range(1, 10_000_000)]
    public int AllRegistrationsPerHour { get; init; } = 20_000;

    /// <summary>How often hints go out, by channel.</summary>
    public PaceOptions Pace { get; init; } = new();

    public TimeSpan Window => TimeSpan.FromSeconds(WindowSeconds);

    public TimeSpan Recent => TimeSpan.FromSeconds(RecentSeconds);

    public TimeSpan TimeToLive => TimeSpan.FromDays(TimeToLiveDays);

    public TimeSpan Silence => TimeSpan.FromDays(SilentDays);

    public TimeSpan Tombstone => TimeSpan.FromDays(TombstoneDays);

    /// <summary>The framework looks at the outermost settings only.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        List<ValidationResult> faults = [];
        foreach (var channel in Enum.GetValues<PushChannel>())
        {
            Validator.TryValidateObject(Pace.Of(channel), new ValidationContext(Pace.Of(channel)), faults, validateAllProperties: true);
        }
        return faults;
    }
}

/// <summary>How often hints go out, by channel: what the services allow, or, where they do not say, what spares batteries and goodwill.</summary>
public sealed record PaceOptions
{
    public ChannelPace WebPush { get; init; } = new() { DebounceSeconds = 5, GapSeconds = 60, Burst = 3, PerDay = 200 };

    public ChannelPace UnifiedPush { get; init; } = new() { DebounceSeconds = 5, GapSeconds = 30, Burst = 5, PerDay = 500 };

    /// <summary>Apple grants two or three background hints an hour.</summary>
    public ChannelPace Apns { get; init; } = new() { DebounceSeconds = 5, GapSeconds = 20 * 60, Burst = 1, PerDay = 72 };

    public ChannelPace ApnsAlert { get; init; } = new() { DebounceSeconds = 5, GapSeconds = 60, Burst = 3, PerDay = 200 };

    /// <summary>Google's own bucket for collapsible messages fills by one each three minutes.</summary>
    public ChannelPace Fcm { get; init; } = new() { DebounceSeconds = 5, GapSeconds = 3 * 60, Burst = 5, PerDay = 300 };

    public ChannelPace FcmHigh { get; init; } = new() { DebounceSeconds = 5, GapSeconds = 60, Burst = 5, PerDay = 200 };

    public ChannelPace Webhook { get; init; } = new() { DebounceSeconds = 2, GapSeconds = 10, Burst = 10, PerDay = 0 };

    public ChannelPace Of(PushChannel channel) => channel switch
    {
        PushChannel.WebPush => WebPush,
        PushChannel.UnifiedPush => UnifiedPush,
        PushChannel.Apns => Apns,
        PushChannel.ApnsAlert => ApnsAlert,
        PushChannel.Fcm => Fcm,
        PushChannel.FcmHigh => FcmHigh,
        PushChannel.Webhook => Webhook,
        _ => throw new ArgumentOutOfRangeException(nameof(channel)),
    };
}

/// <summary>How often one device gets hints. The first after a pause goes out when <see cref="DebounceSeconds"/> are over, later ones wait their turn.</summary>
public sealed record ChannelPace
{
    /// <summary>Seconds for which news are gathered.</summary>
    [Range(0, 3600)]
    public int DebounceSeconds { get; init; }

    /// <summary>Seconds between two hints, on average.</summary>
    [Range(1, 6 * 3600)]
    public int GapSeconds { get; init; }

    /// <summary>Hints that may follow each other sooner, after a pause.</summary>
    [Range(1, 1000)]
    public int Burst { get; init; }

    /// <summary>Hints in a day, counted from the first; 0: as many as the gap allows.</summary>
    [Range(0, 100_000)]
    public int PerDay { get; init; }
}
