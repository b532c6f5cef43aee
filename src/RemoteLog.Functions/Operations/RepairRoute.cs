using System.Globalization;
using RemoteLog.Functions.Http;
using RemoteLog.Server;
using RemoteLog.Server.Replicate;

namespace RemoteLog.Functions.Operations;

/// <summary>POST …/repair?after=N: compares the two copies of some of a log's content and makes good what one store lacks; for operators.</summary>
public sealed class RepairRoute(OpenLogs logs, Repairer repairer)
{
    /// <summary>Answers how far it came; whoever asks goes on from there. Sequences are text, as every 64-bit number in JSON here.</summary>
    public async Task PostAsync(HttpContext context)
    {
        if (await LogRoute.FindLogAsync(context, logs) is not { } log) return;
        if (await LogRoute.FindNumberAsync(context, "after") is not { } after) return;
        if (await repairer.RepairAsync(log.Name, after, context.RequestAborted) is not { } report)
        {
            await Problem.UnknownLog.WriteAsync(context.Response);
            return;
        }

        await context.Response.WriteJsonAsync(json =>
        {
            json.WriteString("sequence", report.Sequence.ToString(CultureInfo.InvariantCulture));
            json.WriteString("head", report.Head.ToString(CultureInfo.InvariantCulture));
            json.WriteNumber("whole", report.Whole);
            json.WriteNumber("repaired", report.Repaired);
            json.WriteNumber("lost", report.Lost);
        });
    }
}
