using System.Text.Json;

namespace RemoteLog.Cli;

/// <summary>Storage operations, by what is billed.</summary>
internal readonly record struct Operations(double Tables, double Queues, double BlobWrites, double BlobReads)
{
    public static Operations operator +(Operations left, Operations right) =>
        new(left.Tables + right.Tables, left.Queues + right.Queues, left.BlobWrites + right.BlobWrites, left.BlobReads + right.BlobReads);

    public static Operations operator *(double times, Operations each) =>
        new(times * each.Tables, times * each.Queues, times * each.BlobWrites, times * each.BlobReads);
}

/// <summary>What the service does and what each of it costs, as the tests of its storage measured: docs/operations.json.</summary>
internal static class Measured
{
    private static readonly Dictionary<string, Dictionary<string, double>> File = Read();

    /// <summary>One append to a log that the process knows.</summary>
    public static readonly Operations Append = Of("append");

    /// <summary>More for the first append of a log that the process does not know.</summary>
    public static readonly Operations FirstAppend = Of("first append");

    /// <summary>More for the append that fills a page.</summary>
    public static readonly Operations Fill = Of("fill");

    /// <summary>Sealing a page.</summary>
    public static readonly Operations Seal = Of("seal");

    /// <summary>A look at a queue that is empty.</summary>
    public static readonly Operations Poll = Of("poll");

    /// <summary>Reading what is new in a log's tail.</summary>
    public static readonly Operations Reading = Of("read");

    /// <summary>More for each sealed page on the way.</summary>
    public static readonly Operations ReadPage = Of("read page");

    /// <summary>More for an entry that is stored on its own.</summary>
    public static readonly Operations StoreApart = Of("store apart");

    /// <summary>Fetching it.</summary>
    public static readonly Operations ReadApart = Of("read apart");

    /// <summary>More for an append that somebody may be woken about: its message.</summary>
    public static readonly Operations Announce = Of("announce");

    /// <summary>The job that it asks for, which finds the followers.</summary>
    public static readonly Operations Spread = Of("spread");

    /// <summary>More for a follower whose hint is waiting already.</summary>
    public static readonly Operations Merge = Of("merge");

    /// <summary>More for a follower who gets a hint, with its job.</summary>
    public static readonly Operations Hint = Of("hint");

    /// <summary>More for content that is copied to Swarm, with its job.</summary>
    public static readonly Operations Copy = Of("copy");

    /// <summary>The job that mirrors a log's newest state to Swarm.</summary>
    public static readonly Operations Mirror = Of("mirror");

    /// <summary>Bytes of a page for each entry in it, its data left out.</summary>
    public static readonly double PageOverhead = File["page"]["overhead bytes an entry"], PageOverheadApart = File["page apart"]["overhead bytes an entry"];

    private static Operations Of(string name)
    {
        double Number(string meter) => File[name].GetValueOrDefault(meter);
        return new Operations(Number("table transactions"), Number("queue operations"), Number("blob writes"), Number("blob reads"));
    }

    private static Dictionary<string, Dictionary<string, double>> Read()
    {
        using var stream = typeof(Measured).Assembly.GetManifestResourceStream("operations.json")!;
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.GetProperty("operations").EnumerateObject().ToDictionary(
            each => each.Name, each => each.Value.EnumerateObject().ToDictionary(meter => meter.Name, meter => meter.Value.GetDouble()));
    }
}
