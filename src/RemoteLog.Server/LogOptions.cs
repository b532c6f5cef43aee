using System.ComponentModel.DataAnnotations;
using RemoteLog.Protocol;

namespace RemoteLog.Server;

/// <summary>How large a page grows and what goes into it: the spec's three modes are settings of this.</summary>
public sealed record PageOptions
{
    /// <summary>Entries after which a page is sealed. 1: the linked list of the spec.</summary>
    [Range(1, 100_000)]
    public int Entries { get; init; } = 256;

    /// <summary>Bytes after which a page is sealed.</summary>
    [Range(1, 64 * 1024 * 1024)]
    public int Bytes { get; init; } = 64 * 1024;

    /// <summary>Data up to this length is embedded in pages; longer data is content of its own. 0: nothing is embedded.</summary>
    [Range(0, 4 * 1024 * 1024)]
    public int EmbedBytes { get; init; } = 8 * 1024;
}

/// <summary>What one request, one owner or one log may ask for.</summary>
public sealed record LimitOptions
{
    /// <summary>Header and data of one entry. Longer data is uploaded first.</summary>
    [Range(1, 16 * 1024 * 1024)]
    public int EntryBytes { get; init; } = SegmentLimits.Default.EntryBytes;

    /// <summary>Headers and data of one segment.</summary>
    [Range(1, 64 * 1024 * 1024)]
    public int SegmentBytes { get; init; } = SegmentLimits.Default.SegmentBytes;

    /// <summary>Entries in one segment.</summary>
    [Range(1, 100_000)]
    public int SegmentEntries { get; init; } = SegmentLimits.Default.Entries;

    /// <summary>One upload.</summary>
    [Range(1, long.MaxValue)]
    public long UploadBytes { get; init; } = 100 * 1024 * 1024;

    /// <summary>Forks kept as evidence for one log.</summary>
    [Range(0, 10_000)]
    public int Forks { get; init; } = 16;

    /// <summary>Logs whose keys and heads are kept in memory.</summary>
    [Range(1, 10_000_000)]
    public int OpenLogs { get; init; } = 20_000;

    public SegmentLimits ForSegments() => new() { EntryBytes = EntryBytes, SegmentBytes = SegmentBytes, Entries = SegmentEntries };
}

/// <summary>Requests that wait for a head to change.</summary>
public sealed record WaitOptions
{
    /// <summary>The longest wait granted, in seconds: well below the 230 after which Azure's front end gives up.</summary>
    [Range(1, 200)]
    public int Seconds { get; init; } = 100;

    /// <summary>Requests that may wait at once; one more is answered without waiting.</summary>
    [Range(0, 1_000_000)]
    public int Slots { get; init; } = 5_000;

    /// <summary>Seconds between looks at the head for changes that another process made.</summary>
    [Range(1, 200)]
    public int PollSeconds { get; init; } = 5;
}

/// <summary>Clearing up.</summary>
public sealed record SweepOptions
{
    /// <summary>Minutes between sweeps.</summary>
    [Range(1, 24 * 60)]
    public int Minutes { get; init; } = 5;

    /// <summary>Hours that an upload is kept before an entry must have named it.</summary>
    [Range(1, 24 * 365)]
    public int UploadHours { get; init; } = 24;
}
