using System.Globalization;
using System.Text.Json;

namespace RemoteLog.Functions.Host.Simulator;

/// <summary>What host.json says, as far as the simulator plays it (contract 1.1, 1.5, 3.6).</summary>
internal sealed record HostFile
{
    public required string Executable { get; init; }

    public required string RoutePrefix { get; init; }

    public required TimeSpan FunctionTimeout { get; init; }

    public required int BatchSize { get; init; }

    public required int MaxDequeueCount { get; init; }

    /// <summary>How long a message that failed stays hidden.</summary>
    public required TimeSpan VisibilityTimeout { get; init; }

    /// <exception cref="IllegalAppException">The host would not start with it, or not in the way that the simulator plays.</exception>
    public static HostFile Read(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        var root = document.RootElement;
        IllegalAppException.ThrowUnless(root.GetProperty("version").GetString() == "2.0", "host.json is not of version 2.0.");

        var handler = root.GetProperty("customHandler");
        var executable = handler.GetProperty("description").GetProperty("defaultExecutablePath").GetString();
        IllegalAppException.ThrowUnless(executable is { Length: > 0 }, "No executable is named.");
        IllegalAppException.ThrowUnless(!handler.TryGetProperty("http", out _), "http.routes and function.json exclude each other.");
        IllegalAppException.ThrowUnless(
            handler.TryGetProperty("enableProxyingHttpRequest", out var proxying) && proxying.GetBoolean(), "HTTP is not proxied, so it does not stream.");

        var extensions = root.GetProperty("extensions");
        var queues = extensions.GetProperty("queues");
        IllegalAppException.ThrowUnless(queues.GetProperty("messageEncoding").GetString() == "base64", "Queue messages are not base64.");
        return new HostFile
        {
            Executable = executable!,
            RoutePrefix = extensions.GetProperty("http").GetProperty("routePrefix").GetString()!,
            FunctionTimeout = Time(root, "functionTimeout"),
            BatchSize = queues.GetProperty("batchSize").GetInt32(),
            MaxDequeueCount = queues.GetProperty("maxDequeueCount").GetInt32(),
            VisibilityTimeout = Time(queues, "visibilityTimeout"),
        };
    }

    private static TimeSpan Time(JsonElement parent, string name) =>
        TimeSpan.ParseExact(parent.GetProperty(name).GetString()!, "c", CultureInfo.InvariantCulture);
}
