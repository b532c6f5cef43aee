namespace RemoteLog.Bee.Emulator;

/// <summary>
/// What a node can be made to do wrong, each as real nodes have been seen to. Nothing is wrong to begin with. Counts go down as they are used up.
/// </summary>
public sealed class BeeFaults
{
    private int cutsAfterWrite;
    private int failingPushes;

    /// <summary>The node is starting: everything but health, readiness and the technical paths answers 503.</summary>
    public bool IsStarting { get; set; }

    /// <summary>The node has no peers: direct uploads hang until the client goes away, and what is not on the node is not found.</summary>
    public bool HasNoPeers { get; set; }

    /// <summary>Chunks of this bucket (the first 16 bits of the address) find no slot in an immutable batch: 402, on /soc 400.</summary>
    public ushort? FullBucket { get; set; }

    /// <summary>So many direct pushes fail: 500 <c>split write all failed</c>.</summary>
    public int FailingPushes
    {
        get => failingPushes;
        set => failingPushes = value;
    }

    /// <summary>Absent chunks are 500 <c>read chunk failed</c>, as they also are when no peer has one, instead of 404.</summary>
    public bool ChunkReadsFail { get; set; }

    /// <summary>Bodies of GET /bytes end after so many bytes, under a 200 whose Content-Length agrees with them.</summary>
    public int? BodiesEndAfter { get; set; }

    /// <summary>Reads return other bytes than were stored unless they say <c>swarm-cache: false</c>.</summary>
    public bool CacheIsCorrupt { get; set; }

    /// <summary>GET /feeds answers an update so much older than the newest; 404 when there is none so old.</summary>
    public int FeedsLagBy { get; set; }

    /// <summary>A second payload for the same owner and id is answered 201 and dropped. Otherwise it takes the place of the first.</summary>
    public bool IgnoresOverwrites { get; set; }

    /// <summary>How long a chunk cannot be read after it was pushed.</summary>
    public TimeSpan DelayBeforeReadable { get; set; }

    /// <summary>So many uploads take effect, and then the connection is cut before the answer.</summary>
    public int CutsAfterWrite
    {
        get => cutsAfterWrite;
        set => cutsAfterWrite = value;
    }

    /// <summary>Uploads answer another reference than that of what was sent.</summary>
    public bool AnswersWrongReference { get; set; }

    /// <summary>Deferred chunks stay on the node until <see cref="BeeNode.PushDeferred"/>, and are gone if it restarts before.</summary>
    public bool HoldsDeferred { get; set; }

    /// <summary>Runs before each request is looked at: to be slow, or to hang. It is cancelled when the client goes away.</summary>
    public Func<BeeRequest, CancellationToken, Task>? Before { get; set; }

    internal bool CutsThisWrite() => UseUp(ref cutsAfterWrite);

    internal bool FailsThisPush() => UseUp(ref failingPushes);

    private static bool UseUp(ref int count)
    {
        if (Interlocked.Decrement(ref count) >= 0) return true;
        Interlocked.Increment(ref count);
        return false;
    }
}
