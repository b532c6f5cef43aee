namespace RemoteLog.Cli;

/// <summary>One line of a bill.</summary>
internal sealed record Charge(Price Price, double Quantity, double Dollars);

/// <summary>
/// What a profile costs a month. Operations are those that tests measured (<see cref="Measured"/>), prices those of the list (<see cref="Prices"/>); what is
/// assumed beyond that is a constant here and told in docs/cost.md.
/// </summary>
internal static class Bill
{
    public const double Days = 365 / 12.0;
    private const double Seconds = Days * 86_400, Gigabyte = 1 << 30;

    /// <summary>The defaults of the settings Pages:Entries and Pages:Bytes, and the time between sweeps.</summary>
    private const double PageEntries = 256, PageBytes = 65_536, SweepSeconds = 300;

    /// <summary>Assumed: requests a second that one vCPU is good for. A Functions instance has one for 2048 MB.</summary>
    private const double RequestsPerCpu = 50, MegabytesPerCpu = 2048;

    /// <summary>Flex Consumption bills an instance that was woken for at least a second. A waiting request comes anew after so long (Wait:Seconds).</summary>
    private const double LeastSeconds = 1, WaitSeconds = 100;

    /// <summary>Waiting requests that one instance holds, as the Functions app is deployed.</summary>
    private const double WaitingPerInstance = 100;

    /// <summary>The service's own pump looks at this many queues always, where logs that moved are looked at, where they are mirrored, and where devices are woken.</summary>
    private const double Queues = 3, HintQueues = 1, MirrorQueues = 1, WakeQueues = 4;

    private const double ChunkBytes = 4096, ChunkReferences = 128, PlurPerBzz = 1e16, BlockSeconds = 5, Buckets = 65_536, LeastDepth = 17;

    public static double Total(Profile profile) => Of(profile).Sum(charge => charge.Dollars);

    public static IReadOnlyList<Charge> Of(Profile profile)
    {
        // 1. What happens in a month.
        var messages = profile.Devices * profile.Messages * Days;
        var appends = messages / profile.Batch;
        var isApart = profile.Mode == Mode.NoneEmbedded;
        var inPage = (isApart ? 0 : profile.Bytes) + (isApart ? Measured.PageOverheadApart : Measured.PageOverhead);

        // A page ends where a segment ends, so it never holds less than one.
        var entries = profile.Mode == Mode.OneEntry ? profile.Batch : Math.Max(profile.Batch, Math.Clamp(PageBytes / inPage, 1, PageEntries));
        var pages = messages / entries;
        var reads = profile.Devices * profile.Followers * profile.Reads * Days;
        var pageReads = profile.Followers * Math.Min(pages, profile.Devices * profile.Reads * Days);
        var apartReads = isApart ? messages * profile.Followers : 0;
        var requests = appends + reads + apartReads + (profile.Waiting * Seconds / WaitSeconds);

        // Appends of one log seldom meet in a window of seconds, so each has followers looked for. More news than hints join a hint that waits.
        var isOnSwarm = profile.Store != Store.Blob;
        var announced = (profile.Hints > 0 || isOnSwarm) ? appends : 0;
        var told = profile.Hints > 0 ? appends * profile.Followers : 0;
        var hints = Math.Min(profile.Devices * profile.Followers * profile.Hints * Days, told);
        var mirrored = isOnSwarm ? appends : 0;
        var copied = profile.Store == Store.Both ? pages + (isApart ? messages : 0) : 0;
        double[] jobs = [pages, announced, hints, mirrored, copied];

        // 2. What that asks of storage.
        var operations = (appends * Measured.Append) + (Math.Min(appends, profile.Devices * Days) * Measured.FirstAppend)
            + (pages * (Measured.Fill + Measured.Seal)) + (reads * Measured.Reading) + (pageReads * Measured.ReadPage)
            + ((isApart ? messages : 0) * Measured.StoreApart) + (apartReads * Measured.ReadApart)
            + (announced * (Measured.Announce + Measured.Spread)) + (hints * Measured.Hint) + ((told - hints) * Measured.Merge)
            + (mirrored * Measured.Mirror) + (copied * Measured.Copy);
        var replicas = Math.Max(profile.Replicas, (requests + jobs.Sum()) / Seconds / (RequestsPerCpu * profile.Cpu));
        var looks = Queues + (isOnSwarm || profile.Hints > 0 ? HintQueues : 0) + (isOnSwarm ? MirrorQueues : 0) + (profile.Hints > 0 ? WakeQueues : 0);
        if (profile.Host == Host.Containers) operations += looks * replicas * Seconds / (profile.Poll / 1000) * Measured.Poll;

        // 3. What is kept, and what goes out.
        var kept = profile.Devices * profile.Messages * profile.Retention;
        var perMessage = inPage + (isApart ? profile.Bytes : 0);

        // An update of the mirror holds the tail as it is: on average, half a page.
        var updates = kept / profile.Batch * ChunksOf(inPage * entries / 2);
        return
        [
            .. profile.Host == Host.Functions ? Functions(profile, requests, jobs) : Containers(profile, requests, jobs.Sum(), replicas),
            Charge("table-transactions", operations.Tables),
            Charge("queue-operations", operations.Queues),
            .. profile.Store == Store.Swarm
                ? Array.Empty<Charge>()
                : [Charge("blob-writes", operations.BlobWrites), Charge("blob-reads", operations.BlobReads), Charge("blob-stored", kept * perMessage / Gigabyte)],
            .. isOnSwarm ? Swarm((kept / entries * ChunksOf(inPage * entries)) + (isApart ? kept * ChunksOf(profile.Bytes) : 0) + updates) : [],
            Charge("data-out", messages * profile.Followers * perMessage / Gigabyte),
        ];
    }

    /// <summary>Each kind of trigger wakes instances of its own.</summary>
    private static IEnumerable<Charge> Functions(Profile profile, double requests, double[] jobs)
    {
        double Instances(double perSecond) => Math.Max(Busy(perSecond * LeastSeconds), perSecond / (RequestsPerCpu * profile.Memory / MegabytesPerCpu));
        var http = Math.Max(Instances(requests / Seconds), Math.Max(Busy(profile.Waiting), profile.Waiting / WaitingPerInstance));
        var queues = jobs.Sum(each => Instances(each / Seconds));
        var sweep = LeastSeconds / SweepSeconds;
        return
        [
            Charge("functions-executions", requests + jobs.Sum() + (Seconds / SweepSeconds)),
            Charge("functions-compute", (http + queues + sweep) * Seconds * profile.Memory / 1024),
        ];
    }

    private static IEnumerable<Charge> Containers(Profile profile, double requests, double jobs, double replicas)
    {
        var active = Math.Max(Busy((requests + jobs) / Seconds), Busy(profile.Waiting));
        var cpu = replicas * profile.Cpu * Seconds;

        // Active and idle seconds draw on one grant.
        var free = Prices.Of("container-vcpu-active").Free;
        return
        [
            Charge("container-vcpu-active", cpu * active, free * active),
            Charge("container-vcpu-idle", cpu * (1 - active), free * (1 - active)),
            Charge("container-memory", cpu * 2),
            Charge("container-requests", requests),
        ];
    }

    /// <summary>
    /// A batch of stamps is bought whole, with room for a power of two of chunks, and is full as soon as the fullest of its buckets is: with chunks spread
    /// by chance that one holds about m + sqrt(2 m ln 65536) where the mean is m.
    /// </summary>
    private static IEnumerable<Charge> Swarm(double chunks)
    {
        var mean = chunks / Buckets;
        var fullest = mean + Math.Sqrt(2 * mean * Math.Log(Buckets));
        var depth = Math.Max(LeastDepth, 16 + Math.Ceiling(Math.Log2(Math.Max(fullest, 1))));
        var plur = Prices.Of("swarm-storage");
        var bzz = Math.Pow(2, depth) * plur.Amount * Seconds / BlockSeconds / PlurPerBzz;
        return [Charge("swarm-bzz", bzz), Charge("swarm-node", 1)];
    }

    /// <summary>The share of time in which at least one of so many, coming by chance, is there.</summary>
    private static double Busy(double load) => 1 - Math.Exp(-load);

    /// <summary>Chunks of content: its own, and those that hold their addresses.</summary>
    private static double ChunksOf(double bytes)
    {
        var level = Math.Ceiling(Math.Max(bytes, 1) / ChunkBytes);
        var chunks = level;
        while (level > 1)
        {
            level = Math.Ceiling(level / ChunkReferences);
            chunks += level;
        }
        return chunks;
    }

    private static Charge Charge(string id, double quantity, double? free = null)
    {
        var price = Prices.Of(id);
        return new Charge(price, quantity, Math.Max(0, quantity - (free ?? price.Free)) / price.Per * price.Amount);
    }
}
