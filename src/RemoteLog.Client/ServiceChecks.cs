using System.Net.Http.Headers;
using System.Text.Json;

namespace RemoteLog.Client;

/// <summary>What a server finds when it looks at itself, for its operator. Safe for concurrent use.</summary>
public sealed class ServiceChecks
{
    private readonly RemoteLogClient client;
    private readonly AuthenticationHeaderValue key;

    /// <param name="client">Where.</param>
    /// <param name="operatorKey">The server's setting <c>Operator:Key</c>.</param>
    /// <exception cref="FormatException">It is no such key; the message does not repeat it.</exception>
    public ServiceChecks(RemoteLogClient client, string operatorKey)
    {
        this.client = client;
        key = OperatorHeader.Of(operatorKey);
    }

    /// <summary>Has the server look now, which takes some seconds at the most.</summary>
    /// <exception cref="RefusedException">The key is not the server's (<c>wrong-operator-key</c>), or the server has none (<c>operator-key-not-set</c>).</exception>
    public async Task<IReadOnlyList<ServiceCheckResult>> RunAsync(CancellationToken cancellationToken = default)
    {
        var answer = await client.OperateAsync(HttpMethod.Get, "checks", key, cancellationToken).ConfigureAwait(false);
        try
        {
            using var document = JsonDocument.Parse(answer);
            return [.. document.RootElement.GetProperty("checks").EnumerateArray().Select(check => new ServiceCheckResult(
                check.GetProperty("name").GetString()!,
                check.GetProperty("status").GetString() switch
                {
                    "ok" => ServiceCheckStatus.Ok,
                    "warning" => ServiceCheckStatus.Warning,
                    "failed" => ServiceCheckStatus.Failed,
                    _ => ServiceCheckStatus.Skipped,
                },
                check.GetProperty("detail").GetString()!,
                check.TryGetProperty("advice", out var advice) ? advice.GetString() : null,
                TimeSpan.FromMilliseconds(check.GetProperty("milliseconds").GetDouble())))];
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new RemoteLogException($"{client.Server} answered with something that is not a list of checks. Is it a RemoteLog server?", exception);
        }
    }
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Name">Stable, such as <c>queues</c>.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Advice">What to do about it; null where all is well.</param>
/// <param name="Took">How long looking took.</param>
public sealed record ServiceCheckResult(string Name, ServiceCheckStatus Status, string Detail, string? Advice, TimeSpan Took);

/// <summary>How a check ended.</summary>
public enum ServiceCheckStatus
{
    Ok,

    /// <summary>It works, and somebody should look.</summary>
    Warning,

    /// <summary>It does not work, or data waits for somebody to act.</summary>
    Failed,

    /// <summary>Not in use, or not looked at.</summary>
    Skipped,
}
