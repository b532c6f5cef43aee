using RemoteLog.Protocol;
using RemoteLog.Storage.Swarm;

namespace RemoteLog.Functions;

/// <summary>Whether content is kept in Swarm, and by which Bee nodes.</summary>
public sealed record SwarmSettings
{
    /// <summary>Addresses of Bee nodes' APIs, with spaces or commas between; empty: Swarm is not used.</summary>
    public string Nodes { get; init; } = string.Empty;

    /// <summary>Ids of immutable postage batches, with spaces or commas between, in the order in which to use them.</summary>
    public string Batches { get; init; } = string.Empty;

    /// <summary>What Swarm is to the other storage.</summary>
    public SwarmRole Role { get; init; } = SwarmRole.Secondary;

    /// <summary>Whether nodes also keep copies of their own for good.</summary>
    public bool Pin { get; init; }

    /// <summary>Opens it without asking anything of a node; null when it is not used.</summary>
    /// <exception cref="InvalidSettingException">A value cannot be meant.</exception>
    internal SwarmContent? Open(TimeProvider time)
    {
        var (nodes, batches) = (Split(Nodes), Split(Batches));
        if (Role == SwarmRole.None || nodes.Length == 0 && batches.Length == 0) return null;
        if (nodes.Length == 0) throw new InvalidSettingException("Swarm:Nodes: batches are set and no node that has them. Name one, such as http://127.0.0.1:1633.");
        if (batches.Length == 0) throw new InvalidSettingException("Swarm:Batches: no batch is set to pay with. Buy an immutable one at the node and name its id.");
        return SwarmContent.Open(
            new SwarmOptions { Nodes = [.. nodes.Select(NodeOf)], Batches = [.. batches.Select(BatchOf)], Pin = Pin }, time);
    }

    private static string[] Split(string list) => list.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);

    private static Uri NodeOf(string text)
    {
        // Before anything repeats the text: Bee's API has no passwords, so one in an address is a mistake, and would turn up in measurements.
        if (text.Contains('@', StringComparison.Ordinal)) throw new InvalidSettingException("Swarm:Nodes: an address names a user or password. The API of a node asks for none: keep it private instead.");
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new InvalidSettingException($"Swarm:Nodes: '{text}' is not the address of a node, such as http://127.0.0.1:1633.");
    }

    private static Digest BatchOf(string text) => Digest.TryParse(text, out var id)
        ? id
        : throw new InvalidSettingException($"Swarm:Batches: '{text}' is not the id of a batch: 64 hexadecimal digits, without 0x.");
}

/// <summary>What Swarm is to the data folder or Azure storage.</summary>
public enum SwarmRole
{
    /// <summary>It is not used, whatever else is set.</summary>
    None,

    /// <summary>Content is written to Swarm, and copied to the other storage afterwards.</summary>
    Primary,

    /// <summary>Content is written to the other storage, and copied to Swarm afterwards: appends never wait for a node.</summary>
    Secondary,

    /// <summary>Content is in Swarm alone.</summary>
    Only,
}
