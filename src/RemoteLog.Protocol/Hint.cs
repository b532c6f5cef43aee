namespace RemoteLog.Protocol;

/// <summary>What wakes a device: "these tags moved". Never content, and no proof of anything: a device pulls and verifies as always.</summary>
/// <param name="Moved">Tags that moved, latest first.</param>
/// <param name="More">Whether others moved that are not listed.</param>
/// <param name="Token">Set only in the hint that confirms a registration: the device returns it.</param>
public sealed record Hint(IReadOnlyList<MovedTag> Moved, bool More, string? Token = null);

/// <summary>A log that moved, by the name that the device chose for it.</summary>
/// <param name="Tag">What the device chose when it followed the log.</param>
/// <param name="Sequence">The log's sequence when the hint was made; the device may have got there already.</param>
public readonly record struct MovedTag(HintTag Tag, long Sequence);
