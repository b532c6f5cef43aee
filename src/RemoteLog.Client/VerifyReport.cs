using RemoteLog.Protocol;

namespace RemoteLog.Client;

/// <summary>How far a verification came, and what it found.</summary>
public sealed record VerifyReport
{
    /// <summary>Where the log ends.</summary>
    public long Head { get; init; }

    /// <summary>Entries verified so far.</summary>
    public long Entries { get; init; }

    /// <summary>Length of the data that was there.</summary>
    public long Bytes { get; init; }

    /// <summary>Entries whose data is gone; that they were written is verified.</summary>
    public long Forgotten { get; init; }

    /// <summary>
    /// Entries whose data was not looked at: larger than <see cref="LogReaderOptions.MaxContentBytes"/>, or not kept where it was read from.
    /// </summary>
    public long Unfetched { get; init; }

    /// <summary>Pages that the entries came in.</summary>
    public long Pages { get; init; }

    /// <summary>Signatures that were enough to cover all of it.</summary>
    public long SignatureChecks { get; init; }

    /// <summary>Proven forks: the owner signed more than the history that was walked.</summary>
    public IReadOnlyList<Fork> Forks { get; init; } = [];
}
