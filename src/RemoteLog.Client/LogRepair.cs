using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using RemoteLog.Protocol;

namespace RemoteLog.Client;

/// <summary>
/// Has a server that keeps content in two stores compare them, log by log, and make good what one lacks; for its operator. Throws
/// <see cref="RefusedException"/> where the key is not the server's. Safe for concurrent use.
/// </summary>
/// <param name="client">Where.</param>
/// <param name="operatorKey">The server's setting <c>Operator:Key</c>.</param>
/// <exception cref="FormatException">The key is none; the message does not repeat it.</exception>
public sealed class LogRepair(RemoteLogClient client, string operatorKey)
{
    private readonly AuthenticationHeaderValue key = OperatorHeader.Of(operatorKey);

    /// <summary>Repairs all of a log, a few pages with each step; each report counts from the beginning.</summary>
    /// <exception cref="RefusedException">There is no such log (<c>unknown-log</c>).</exception>
    public async IAsyncEnumerable<LogRepairReport> RepairAsync(LogName log, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var report = new LogRepairReport(0, 0, 0, 0, 0);
        do
        {
            var answer = await client.OperateAsync(
                HttpMethod.Post, $"logs/{log.Owner}/{log.Topic}/repair?after={report.Sequence}", key, cancellationToken).ConfigureAwait(false);
            var step = Read(answer);
            if (step.Sequence <= report.Sequence && step.Sequence < step.Head) throw NotUnderstood();
            report = step with { Whole = report.Whole + step.Whole, Repaired = report.Repaired + step.Repaired, Lost = report.Lost + step.Lost };
            yield return report;
        }
        while (report.Sequence < report.Head);
    }

    private LogRepairReport Read(byte[] answer)
    {
        try
        {
            using var document = JsonDocument.Parse(answer);
            var root = document.RootElement;
            return new LogRepairReport(
                long.Parse(root.GetProperty("sequence").GetString()!), long.Parse(root.GetProperty("head").GetString()!),
                root.GetProperty("whole").GetInt32(), root.GetProperty("repaired").GetInt32(), root.GetProperty("lost").GetInt32());
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw NotUnderstood(exception);
        }
    }

    private RemoteLogException NotUnderstood(Exception? exception = null) =>
        new($"{client.Server} answered with something that is not the report of a repair. Is it a RemoteLog server?", exception);
}

/// <summary>How far a repair has come.</summary>
/// <param name="Sequence">Everything up to here was looked at.</param>
/// <param name="Head">The log's newest sequence.</param>
/// <param name="Whole">Contents that both stores had.</param>
/// <param name="Repaired">Contents that one store lacked, and has now.</param>
/// <param name="Lost">Contents that neither store has.</param>
public sealed record LogRepairReport(long Sequence, long Head, long Whole, long Repaired, long Lost);
