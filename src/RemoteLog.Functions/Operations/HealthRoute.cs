using RemoteLog.Functions.Http;
using RemoteLog.Functions.Telemetry;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Functions.Operations;

/// <summary>/api/health: whether the process runs, and whether it can do its work.</summary>
public sealed class HealthRoute(LogStorage storage, SigningKey receipts, StorageHealth health)
{
    private readonly LogName probe = new(receipts.Owner, Topic.Parse("health"));

    /// <summary>GET /: an answer at once, which is all that the Functions host asks for, and a signpost for people.</summary>
    public static Task WelcomeAsync(HttpContext context) =>
        context.Response.WriteAsync($"This is RemoteLog. Its API is described at {OpenApiRoute.Pattern}\n", context.RequestAborted);

    /// <summary>Also tells the version.</summary>
    public static Task LiveAsync(HttpContext context)
    {
        context.Response.ContentType = Formats.Json;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync($$"""{"status":"ok","version":"{{ServiceTelemetry.Version}}"}""", context.RequestAborted);
    }

    /// <summary>
    /// Ready when the registry answers; a fault on the way becomes a problem like anywhere else. A second store that is away, or will be, shows in the
    /// answer: appends go on without it.
    /// </summary>
    public async Task ReadyAsync(HttpContext context)
    {
        await storage.Names.FindHeadAsync(probe, context.RequestAborted);
        var report = await health.DescribeAsync(context.RequestAborted);
        context.Response.ContentType = Formats.Json;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.Body.WriteAsync(report, context.RequestAborted);
    }
}
