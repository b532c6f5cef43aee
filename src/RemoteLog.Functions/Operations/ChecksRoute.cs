using System.Text.Json;
using RemoteLog.Functions.Http;
using RemoteLog.Server.Storage;

namespace RemoteLog.Functions.Operations;

/// <summary>GET /api/v1/checks: what the service finds when it looks at itself, for its operators.</summary>
public sealed partial class ChecksRoute(IEnumerable<ServiceCheck> checks, TimeProvider time, ILogger<ChecksRoute> logger)
{
    public const string Pattern = "/api/v1/checks";

    /// <summary>For each check: somebody waits for the answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly IReadOnlyList<ServiceCheck> checks = [.. checks];

    public async Task GetAsync(HttpContext context)
    {
        var results = await Task.WhenAll(checks.Select(check => RunAsync(check, context.RequestAborted)));

        await context.Response.WriteJsonAsync(json =>
        {
            json.WriteStartArray("checks");
            foreach (var (check, finding, took) in results) Write(json, check.Name, finding, took);
            json.WriteEndArray();
        });
    }

    private async Task<(ServiceCheck Check, CheckFinding Finding, TimeSpan Took)> RunAsync(ServiceCheck check, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        CheckFinding finding;
        try
        {
            finding = await check.RunAsync(either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            finding = CheckFinding.Failed($"It took longer than {Patience.TotalSeconds} s.", "Look whether what it depends on is slow or cannot be reached.");
        }
        catch (StorageUnavailableException exception)
        {
            finding = CheckFinding.Failed(
                exception.Message, "Look whether the storage account exists and can be reached, and whether the service's identity has its roles there.");
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // What its message says is for the log alone: it may name what an answer must not.
            Broke(check.Name, exception);
            finding = CheckFinding.Failed($"{exception.GetType().Name}.", $"Look in the service's log for 'The check {check.Name} failed'.");
        }
        return (check, finding, time.GetElapsedTime(started));
    }

    private static void Write(Utf8JsonWriter json, string name, CheckFinding finding, TimeSpan took)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("status", finding.Status switch
        {
            CheckStatus.Ok => "ok",
            CheckStatus.Warning => "warning",
            CheckStatus.Failed => "failed",
            _ => "skipped",
        });
        json.WriteString("detail", finding.Detail);
        if (finding.Advice is not null) json.WriteString("advice", finding.Advice);
        json.WriteNumber("milliseconds", Math.Round(took.TotalMilliseconds, 1));
        json.WriteEndObject();
    }

    [LoggerMessage(LogLevel.Warning, "The check {Check} failed.")]
    private partial void Broke(string check, Exception exception);
}
