using RemoteLog.Protocol;

namespace RemoteLog.Client;

/// <summary>What the server shows is not the log that its owner wrote. Nothing of it was handed out.</summary>
public abstract class VerificationException(LogName log, string message) : RemoteLogException(message)
{
    public LogName Log { get; } = log;
}

/// <summary>Damaged, incomplete, or not signed by the owner.</summary>
/// <param name="log">Which log was asked for.</param>
/// <param name="sequence">The first entry that is not as it should be.</param>
/// <param name="fault">What is wrong, continuing "entry n …".</param>
public sealed class InvalidLogException(LogName log, long sequence, string fault)
    : VerificationException(log, $"{log}, entry {sequence}: {fault}")
{
    /// <summary>The first entry that is not as it should be.</summary>
    public long Sequence { get; } = sequence;
}

/// <summary>The server shows less than this device has seen signed: it lost data, or hides it.</summary>
/// <param name="remembered">Seen before.</param>
/// <param name="shown">The newest sequence that the server shows now; 0: it says that there is no such log.</param>
public sealed class RolledBackException(Checkpoint remembered, long shown) : VerificationException(
    remembered.Log, $"{remembered.Log} was seen up to entry {remembered.Sequence}, and now the server shows it up to entry {shown} only.")
{
    public Checkpoint Remembered { get; } = remembered;

    public long Shown { get; } = shown;
}

/// <summary>
/// The owner signed two histories of one log: a copied key or a restored backup, or fraud. The two checkpoints, both with valid signatures, cannot
/// belong to one chain.
/// </summary>
/// <param name="known">Of the history that was known first.</param>
/// <param name="other">Of the other one.</param>
public sealed class ForkedException(Checkpoint known, Checkpoint other) : VerificationException(
    known.Log, $"{known.Log} has two histories, both signed by its owner: one up to entry {known.Sequence}, another up to entry {other.Sequence}.")
{
    public Checkpoint Known { get; } = known;

    public Checkpoint Other { get; } = other;
}
