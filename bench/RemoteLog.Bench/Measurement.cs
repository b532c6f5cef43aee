namespace RemoteLog.Bench;

/// <summary>One line of the report.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Figure">How much, in <paramref name="Unit"/>s.</param>
/// <param name="Unit">Such as <c>requests/s</c>.</param>
internal sealed record Measurement(string Name, double Figure, string Unit)
{
    /// <summary>Which part of the program measured it.</summary>
    public string Scenario { get; init; } = "";

    /// <summary>What <see cref="Ratio"/> is relative to.</summary>
    public string? Limit { get; init; }

    /// <summary>The figure as a part of its limit; the median of rounds in which both were measured one after the other.</summary>
    public double? Ratio { get; init; }

    /// <summary>Milliseconds that half of the requests stayed within.</summary>
    public double? P50 { get; init; }

    /// <summary>Milliseconds that 99 % of the requests stayed within.</summary>
    public double? P99 { get; init; }

    /// <summary>What is asked of it; null when it is only for information.</summary>
    public Target? Target { get; init; }
}

/// <summary>What a figure has to reach.</summary>
internal sealed record Target(string Text, bool Met)
{
    public static Target AtLeast(double value, double limit, string text) => new($"at least {text}", value >= limit);

    public static Target AtMost(double value, double limit, string text) => new($"at most {text}", value <= limit);
}
