using RemoteLog.Protocol;

namespace RemoteLog.Storage.Swarm;

/// <summary>Which Bee nodes to speak to, and what pays.</summary>
public sealed record SwarmOptions
{
    /// <summary>Addresses of the nodes' API. It knows no passwords: keep it private.</summary>
    public required IReadOnlyList<Uri> Nodes { get; init; }

    /// <summary>Postage batches, in the order in which to use them. Each node uses those that it can issue from.</summary>
    public required IReadOnlyList<Digest> Batches { get; init; }

    /// <summary>Whether the node that took content keeps a copy of its own for good. Pins do not stop a batch from expiring in the network.</summary>
    public bool Pin { get; init; }
}
