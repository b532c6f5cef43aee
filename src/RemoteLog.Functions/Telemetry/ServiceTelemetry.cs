using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;
using RemoteLog.Server;

namespace RemoteLog.Functions.Telemetry;

/// <summary>What the service tells about itself to those who measure it.</summary>
internal static class ServiceTelemetry
{
    /// <summary>What is done when nobody asks over HTTP appears in traces under this name.</summary>
    public static readonly ActivitySource Source = new("RemoteLog.Server");

    /// <summary>Such as 0.1.0.</summary>
    public static readonly string Version =
        typeof(ServiceTelemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    private static readonly string[] Endpoints =
        ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"];

    /// <summary>Metrics always, which cost next to nothing while nobody listens; their export, and traces, where OpenTelemetry is told an endpoint.</summary>
    /// <exception cref="InvalidSettingException">It is told one that is none.</exception>
    public static void AddServiceTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(provider => new LogMetrics(provider.GetRequiredService<IMeterFactory>().Create(LogMetrics.MeterName)));
        if (!IsExporting(configuration)) return;

        // Azure's clients tell of their calls only when they are asked to before they are made.
        AppContext.SetSwitch("Azure.Experimental.EnableActivitySource", true);
        services.AddHostedService<OtlpExport>();
    }

    private static bool IsExporting(IConfiguration configuration) =>
        !string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase)
        && Endpoints.Aggregate(false, (found, name) => HasEndpoint(configuration, name) || found);

    /// <summary>OpenTelemetry itself would take another address for one that is none, and say nothing.</summary>
    private static bool HasEndpoint(IConfiguration configuration, string name)
    {
        if (configuration[name] is not { Length: > 0 } text) return false;
        if (Uri.TryCreate(text, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https") return true;
        throw new InvalidSettingException($"{name} is no address, such as http://localhost:4317.");
    }
}
