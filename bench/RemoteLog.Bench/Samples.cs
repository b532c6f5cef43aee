namespace RemoteLog.Bench;

/// <summary>What many measurements of one thing say.</summary>
internal static class Samples
{
    public static double Median(this IEnumerable<double> values) => Percentile(values, 0.5);

    /// <summary>The smallest value that this part of the values does not exceed.</summary>
    public static double Percentile(this IEnumerable<double> values, double part)
    {
        double[] sorted = [.. values.Order()];
        return sorted[Math.Clamp((int)Math.Ceiling(part * sorted.Length) - 1, 0, sorted.Length - 1)];
    }
}
