namespace RemoteLog.Cli;

/// <summary>What a script can tell from how a command ended. <see cref="CommandLine"/> shows the list in the help.</summary>
public enum ExitCode
{
    Ok = 0,
    Failed = 1,
    Usage = 2,
    Unreachable = 3,
    Refused = 4,
    NotVerified = 5,
    NotFound = 6,
    Cancelled = 130,
}
