namespace RemoteLog.Bee.Emulator;

/// <summary>How a node is set up.</summary>
public sealed record BeeNodeOptions
{
    /// <summary>Whether uploads that a real node would hash differently are refused, or hashed as if the client had asked properly.</summary>
    public BeeMode Mode { get; init; } = BeeMode.Strict;

    /// <summary>The clock that blocks, batches and delays go by.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>A batch can be used from its tenth block on.</summary>
    public TimeSpan BlockTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Which version of the HTTP API it says that it speaks.</summary>
    public string ApiVersion { get; init; } = "8.1.0";

    /// <summary>The port to listen on, on 127.0.0.1; 0: a free one.</summary>
    public int Port { get; init; }
}

/// <summary>What becomes of an upload over 4096 bytes that does not say <c>swarm-redundancy-level: 0</c>, which Bee takes for level 1 since 2.8.1.</summary>
public enum BeeMode
{
    /// <summary>Refused with 501: the emulator does not do redundancy, so its address would be the wrong one.</summary>
    Strict,

    /// <summary>Taken for level 0. bee-js never sends level 0, for it leaves out whatever is falsy.</summary>
    Lenient,
}
