namespace RemoteLog.Storage.Swarm;

/// <summary>What to make of a node's refusal: Bee's statuses alone do not tell, so each call says what its statuses mean.</summary>
internal enum BeeFault
{
    /// <summary>We asked for something wrong: asking again is of no use.</summary>
    Ours,

    /// <summary>The batch does not pay for this: full, expired, or unknown here. Another may.</summary>
    Batch,

    /// <summary>The batch was bought a moment ago, and does not pay yet.</summary>
    YoungBatch,

    /// <summary>The node is starting, busy, out of reach or slow. The same again may do, later or elsewhere.</summary>
    Passing,

    /// <summary>The node does not have it, nor can it get it now. No proof that nobody has it.</summary>
    NotAvailable,

    /// <summary>The node answered with something else than what belongs there.</summary>
    Wrong,
}

/// <summary>A node refused, or did what it should not.</summary>
internal sealed class BeeException(BeeFault fault, string message, Exception? innerException = null) : Exception(message, innerException)
{
    public BeeFault Fault { get; } = fault;

    /// <summary>Status and message of the answer; null when there was none.</summary>
    public string? Answer { get; init; }
}
