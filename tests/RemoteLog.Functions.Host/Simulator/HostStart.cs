namespace RemoteLog.Functions.Host.Simulator;

/// <summary>How to start a <see cref="SimulatedHost"/>.</summary>
internal sealed record HostStart
{
    /// <summary>The published app.</summary>
    public required string AppRoot { get; init; }

    /// <summary>App settings, which the handler inherits as environment variables.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>The storage account's queues.</summary>
    public required IMessageSource Messages { get; init; }

    /// <summary>Shared by the instances of one app.</summary>
    public TimerLease TimerLease { get; init; } = new();

    /// <summary>For queues and timers.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary><c>http</c> or <c>function:NAME</c>; null for all on one instance.</summary>
    public string? Group { get; init; }

    /// <summary>Queue messages arrive as if no function.json said <c>dataType: binary</c>.</summary>
    public bool AsText { get; init; }

    /// <summary>Instead of what host.json says.</summary>
    public TimeSpan? FunctionTimeout { get; init; }

    /// <summary>How long a proxied call may be silent (contract 7.12).</summary>
    public TimeSpan ActivityTimeout { get; init; } = TimeSpan.FromSeconds(240);
}
