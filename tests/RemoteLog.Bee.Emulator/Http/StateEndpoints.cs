
namespace RemoteLog.Bee.Emulator.Http;

/// <summary>What the node says of itself.</summary>
internal sealed class StateEndpoints(BeeNode node)
{
    private const string Version = "2.8.1-emulator";
    private const int PeersWhenConnected = 120;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", () => Results.Text("Ethereum Swarm Bee\n"));

        // Always 200: the field tells, not the status.
        routes.MapGet("/health", () => Answer.Json(new { status = node.Faults.IsStarting ? "nok" : "ok", version = Version, apiVersion = node.Options.ApiVersion }));

        // 400, and not 503, when it is not ready.
        routes.MapGet("/readiness", () => Answer.Json(
            new { status = node.Faults.IsStarting ? "notReady" : "ready", version = Version, apiVersion = node.Options.ApiVersion },
            node.Faults.IsStarting ? StatusCodes.Status400BadRequest : StatusCodes.Status200OK));

        routes.MapGet("/node", () => Answer.Json(new { beeMode = "light", chequebookEnabled = true, swapEnabled = true }));
        routes.MapGet("/status", Status);
        routes.MapGet("/chainstate", () => Answer.Json(new
        {
            chainTip = node.BlockNumber,
            block = node.BlockNumber,
            totalAmount = (node.BlockNumber * BeeNode.Price).ToString(),
            currentPrice = BeeNode.Price.ToString(),
        }));
    }

    private IResult Status() => Answer.Json(new
    {
        overlay = Overlay,
        proximity = 0,
        beeMode = "light",
        reserveSize = 0,
        reserveSizeWithinRadius = 0,
        pullsyncRate = 0,
        storageRadius = 0,

        // None explains sudden 404s.
        connectedPeers = node.Faults.HasNoPeers ? 0 : PeersWhenConnected,
        neighborhoodSize = 0,
        batchCommitment = node.Network.Batches.Sum(batch => 1L << batch.Depth),
        isReachable = true,
        lastSyncedBlock = node.BlockNumber,
        committedDepth = 0,
        isWarmingUp = node.Faults.IsStarting,
    });

    private string Overlay => Hashing.Keccak(node.Owner.Span, [1, 0, 0, 0, 0, 0, 0, 0]).ToString();
}
