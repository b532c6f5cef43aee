using System.Text;
using RemoteLog.Storage.Swarm;

namespace RemoteLog.Functions.Operations;

/// <summary>What the service checks of the Bee nodes that it keeps content with. What one of several nodes cannot do is a warning; what none can, a failure.</summary>
/// <param name="swarm">Null where Swarm is not used.</param>
/// <param name="mirror">Null where logs are not mirrored.</param>
internal sealed class SwarmChecks(SwarmContent? swarm, SwarmMirror? mirror, TimeProvider time)
{
    private static readonly CheckFinding Unused = CheckFinding.Skipped("Swarm is not used (Swarm:Nodes is not set).");

    public static void AddTo(IServiceCollection services)
    {
        services.AddSingleton(provider => new SwarmChecks(
            provider.GetService<SwarmContent>(), provider.GetService<SwarmMirror>(), provider.GetRequiredService<TimeProvider>()));
        Add("bee", checks => checks.InspectAsync);
        Add("postage", checks => checks.CheckBatchesAsync);
        Add("swarm", checks => checks.StoreAndReadAsync);
        Add("mirror", checks => checks.ShowPublisher);

        void Add(string name, Func<SwarmChecks, Func<CancellationToken, ValueTask<CheckFinding>>> run) => services.AddSingleton(
            provider => new ServiceCheck(name, run(provider.GetRequiredService<SwarmChecks>())));
    }

    private async ValueTask<CheckFinding> InspectAsync(CancellationToken cancellationToken)
    {
        if (swarm is null) return Unused;
        var nodes = await swarm.Nodes.InspectAsync(cancellationToken);
        return Summarize(nodes.Select(node => Judge(node)));
    }

    private async ValueTask<CheckFinding> CheckBatchesAsync(CancellationToken cancellationToken)
    {
        if (swarm is null) return Unused;
        var nodes = await swarm.Nodes.CheckAsync(cancellationToken);
        return Summarize(nodes.Select(node => Judge(node)));
    }

    private async ValueTask<CheckFinding> StoreAndReadAsync(CancellationToken cancellationToken)
    {
        if (swarm is null) return Unused;

        // The same bytes all day long, because Swarm cannot delete: they take one paid stamp a day, however often somebody looks.
        var probe = Encoding.UTF8.GetBytes($"RemoteLog looks whether content can be stored: {time.GetUtcNow():yyyy-MM-dd}\n");
        var trips = await swarm.Nodes.TryRoundTripsAsync(probe, cancellationToken);
        return Summarize(trips.Select(trip => Judge(trip)));
    }

    private ValueTask<CheckFinding> ShowPublisher(CancellationToken cancellationToken) => new(
        swarm is null ? Unused
        : mirror is null ? CheckFinding.Skipped("Logs are not mirrored.", "To have them readable without this service, set Mirror:Key to the PEM of a secp256k1 key.")
        : CheckFinding.Ok($"Logs are mirrored under the Ethereum address {mirror.Publisher}: readers need it (--feed-owner)."));

    private static CheckFinding Judge(NodeInspection node) => node switch
    {
        { Failure: { } failure } => CheckFinding.Failed(failure, "Start the node, and look whether Swarm:Nodes is its API's address and the network lets this service reach it."),
        { IsReady: false } => CheckFinding.Failed(
            $"{Name(node.Address)} runs Bee {node.Version} and is not ready.", "Wait until it has caught up with the chain; its log says how far it is, or what its RPC endpoint refuses."),
        { Peers: 0 } => CheckFinding.Failed(
            $"{Name(node.Address)} runs Bee {node.Version} and has no peers.", "Look whether its p2p port is open: alone it can neither store nor find anything."),
        { IsKnownApi: false } => CheckFinding.Warning(
            $"{Name(node.Address)} runs Bee {node.Version} with API {node.ApiVersion}.", "This RemoteLog was made for API 8: run such a Bee, or look for a newer RemoteLog."),
        _ => CheckFinding.Ok($"{Name(node.Address)} runs Bee {node.Version} and is ready{(node.Peers is { } peers ? $", with {peers} peers" : "")}."),
    };

    private static CheckFinding Judge(NodeState node)
    {
        if (node.Failure is not null) return CheckFinding.Failed(node.Failure, "Make the node answer first: nothing is known of its batches.");
        var usable = node.Batches.Where(batch => batch.IsUsable).ToList();
        if (usable.Count == 0)
        {
            return CheckFinding.Failed(
                $"{Name(node.Address)} has no batch that pays. {string.Join(' ', node.Batches.Select(batch => $"{Short(batch)}: {batch.Fault}"))}",
                node.Batches.Any(batch => batch.IsYoung)
                    ? "A batch pays ten blocks after it was bought: wait a minute."
                    : "Buy an immutable batch at this very node, and add its id to Swarm:Batches.");
        }

        // Of several nodes each issues from its own batches; that it does not know the others' is as it should be.
        var text = $"{Name(node.Address)}: {string.Join(", ", usable.Select(Describe))}.";
        return usable.Select(batch => batch.Warning).OfType<string>().FirstOrDefault() is not { } warning
            ? CheckFinding.Ok(text)
            : CheckFinding.Warning(text, warning);
    }

    private static CheckFinding Judge(NodeRoundTrip trip) => trip switch
    {
        { Failure: null } => CheckFinding.Ok($"{Name(trip.Address)} took content and gave it back."),
        { IsStored: true } => CheckFinding.Warning(
            $"{Name(trip.Address)} took content and does not find it yet: {trip.Failure}", "Look again in some minutes: the network may take a while. If it stays so, look at the node's peers."),
        _ => CheckFinding.Failed($"{trip.Failure}", "See what the checks 'bee' and 'postage' advise; if both are well, the node's log says what its network refuses."),
    };

    private static CheckFinding Summarize(IEnumerable<CheckFinding> each)
    {
        var findings = each.ToList();
        var detail = string.Join(' ', findings.Select(finding => finding.Detail));
        var advice = string.Join(' ', findings.Select(finding => finding.Advice).OfType<string>().Distinct());
        if (findings.All(finding => finding.Status == CheckStatus.Ok)) return CheckFinding.Ok(detail);
        return findings.All(finding => finding.Status == CheckStatus.Failed) ? CheckFinding.Failed(detail, advice) : CheckFinding.Warning(detail, advice);
    }

    private static string Describe(BatchState batch) =>
        $"immutable batch {Short(batch)} is {batch.Fullness:P0} full and paid for {(batch.Life is { } life ? $"{life.TotalDays:F1} days" : "an unknown time")}";

    private static string Short(BatchState batch) => $"{batch.Id.ToString()[..8]}…";

    /// <summary>Without a password, if its address has one.</summary>
    private static string Name(Uri address) => address.Authority;
}
