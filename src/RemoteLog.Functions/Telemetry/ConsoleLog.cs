namespace RemoteLog.Functions.Telemetry;

/// <summary>How events are written to the console: each on one line.</summary>
internal static class ConsoleLog
{
    private const string FormatterSetting = "Logging:Console:FormatterName";

    /// <summary>
    /// People read words, programs read JSON with the ids of the trace: which of the two is there is seen from whether the console is a terminal, unless
    /// the setting <c>Logging:Console:FormatterName</c> (<c>simple</c>, <c>json</c>) says it.
    /// </summary>
    public static void AddConsoleLines(this ILoggingBuilder logging, IConfiguration configuration)
    {
        var formatter = configuration[FormatterSetting] is { Length: > 0 } setting ? setting : Console.IsOutputRedirected ? "json" : "simple";
        logging.Configure(options => options.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
        switch (formatter)
        {
            case "json":
                logging.AddJsonConsole(console =>
                {
                    console.IncludeScopes = true;
                    console.UseUtcTimestamp = true;
                    console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
                });
                break;
            case "simple":
                logging.AddSimpleConsole(console => console.SingleLine = true);
                break;
            default:
                throw new InvalidSettingException($"{FormatterSetting} is '{formatter}'; it may be simple or json.");
        }
    }
}
