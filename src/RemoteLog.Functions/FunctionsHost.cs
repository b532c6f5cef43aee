namespace RemoteLog.Functions;

/// <summary>Whether the Azure Functions host started this process, and what it told it.</summary>
internal static class FunctionsHost
{
    /// <summary>The environment variable with the port to listen on. Its presence is what tells that the host is there.</summary>
    public const string PortVariable = "FUNCTIONS_CUSTOMHANDLER_PORT";

    /// <summary>
    /// The least severe lines that belong on stderr. The host takes a line on stdout for information, whatever it says, and one on stderr for an error, or
    /// for a warning where it contains "warn", as the console marks ours.
    /// </summary>
    public const LogLevel ErrorsFrom = LogLevel.Warning;

    public static bool HasStartedUs(IConfiguration configuration) => configuration[PortVariable] is { Length: > 0 };
}
