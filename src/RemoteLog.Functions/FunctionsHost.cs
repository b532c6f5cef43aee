namespace RemoteLog.Functions;

/// <summary>Whether the Azure Functions host started this process, and what it told it.</summary>
internal static class FunctionsHost
{
    /// <summary>The environment variable with the port to listen on. Its presence is what tells that the host is there.</summary>
    public const string PortVariable = "FUNCTIONS_CUSTOMHANDLER_PORT";

    public static bool HasStartedUs(IConfiguration configuration) => configuration[PortVariable] is { Length: > 0 };
}
