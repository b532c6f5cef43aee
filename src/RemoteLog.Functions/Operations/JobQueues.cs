using RemoteLog.Server.Ingest;
using RemoteLog.Server.Mirror;
using RemoteLog.Server.Replicate;
using RemoteLog.Server.Seal;
using RemoteLog.Server.Wake;

namespace RemoteLog.Functions.Operations;

/// <summary>The job queues in use.</summary>
internal static class JobQueues
{
    public static readonly IReadOnlyList<string> All = [Sealer.Queue, Ingester.Queue, ReplicatedContent.Queue, Mirrorer.Queue, HintWorker.Queue, .. PushChannels.Queues];

    /// <summary>Where a job goes that kept failing; the Functions host names it the same.</summary>
    public static string PoisonOf(string queue) => $"{queue}-poison";
}
