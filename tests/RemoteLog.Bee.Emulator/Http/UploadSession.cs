using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;

namespace RemoteLog.Bee.Emulator.Http;

/// <summary>One upload: its chunks are stamped, and go to the network at once or are left on the node for later.</summary>
internal sealed class UploadSession
{
    private readonly BeeNode node;
    private readonly PostageBatch batch;
    private readonly PostageStamp? stamp;
    private readonly bool deferred;
    private readonly List<Chunk> stored = [];

    private UploadSession(BeeNode node, PostageBatch batch, PostageStamp? stamp, UploadTag? tag, bool deferred) =>
        (this.node, this.batch, this.stamp, Tag, this.deferred) = (node, batch, stamp, tag, deferred);

    /// <summary>Counts a deferred upload; a direct one has none.</summary>
    public UploadTag? Tag { get; }

    /// <summary>Finds tag and batch, in this order.</summary>
    /// <param name="deferred">Whether the network is to have it later. Pinning makes it so, whatever else was said.</param>
    public static UploadSession Open(BeeNode node, UploadHeaders headers, bool deferred)
    {
        deferred |= headers.Pin;
        var tag = headers.Tag is > 0 and var uid
            ? node.FindTag(uid) ?? throw new BeeAnswerException(StatusCodes.Status404NotFound, "tag not found")
            : deferred ? node.NewTag() : null;

        if (headers.Stamp is not { } bytes) return new UploadSession(node, IssuerOf(node, headers.Batch!.Value), null, deferred ? tag : null, deferred);
        var stamp = PostageStamp.Read(bytes) ?? throw new BeeAnswerException(StatusCodes.Status400BadRequest, "Stamp deserialization failure");
        var batch = node.Network.FindBatch(stamp.Batch) ?? throw new BeeAnswerException(StatusCodes.Status404NotFound, "batch with id not found");
        return new UploadSession(node, batch, stamp, deferred ? tag : null, deferred);
    }

    /// <summary>A batch that can be used; the answers are those of every upload.</summary>
    public static PostageBatch IssuerOf(BeeNode node, Digest id)
    {
        var batch = node.FindIssuer(id) ?? throw new BeeAnswerException(StatusCodes.Status404NotFound, "batch with id not found");
        if (batch.RefusalsUntilUsable > 0)
        {
            batch.RefusalsUntilUsable--;
            throw new BeeAnswerException(StatusCodes.Status422UnprocessableEntity, "batch not usable yet or does not exist");
        }
        return batch.IsUsable ? batch : throw new BeeAnswerException(StatusCodes.Status422UnprocessableEntity, "batch not usable yet or does not exist");
    }

    /// <exception cref="BatchOverissuedException">The chunk's bucket is full.</exception>
    public async Task PutAsync(Chunk chunk, CancellationToken cancellationToken)
    {
        // 1. Without a peer a direct upload is retried inside the node until the client goes away.
        if (!deferred && node.Faults.HasNoPeers) await Task.Delay(Timeout.Infinite, cancellationToken);

        // 2. A slot once taken stays taken, whatever becomes of the upload. A stamp from elsewhere says itself which one it is.
        var seen = batch.HasStamped(chunk);
        if (stamp is not null) CheckStamp(chunk);
        else Stamp(chunk);

        // 3. To the network now, or on the node until later.
        if (!deferred)
        {
            node.Push(chunk, batch);
            return;
        }
        stored.Add(chunk);
        if (Tag is { } tag)
        {
            lock (tag)
            {
                tag.Split++;
                if (seen) tag.Seen++;
            }
        }
        node.Defer(chunk, batch, seen ? null : Tag);
    }

    /// <summary>Everything is stored: pins it when asked to, tells the tag, and answers.</summary>
    public async Task<IResult> AnswerAsync(HttpContext context, Digest reference, bool pin)
    {
        if (pin) node.Pin(reference, stored);
        if (deferred && !node.Faults.HoldsDeferred) node.PushDeferred();
        if (Tag is { } tag) context.Response.Headers["swarm-tag"] = tag.Uid.ToString();

        if (node.Faults.CutsThisWrite())
        {
            context.Abort();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }
        var answered = reference.Span.ToArray();
        if (node.Faults.AnswersWrongReference) answered[0] ^= 1;
        return Answer.Reference(answered);
    }

    private void Stamp(Chunk chunk)
    {
        if (batch.IsImmutable && node.Faults.FullBucket == PostageBatch.BucketOf(chunk.Address)) throw new BatchOverissuedException();
        if (batch.Stamp(chunk, out var replaced) is null) throw new BatchOverissuedException();

        // The newer stamp wins in the network, and the chunk that had the slot is deleted.
        if (replaced is { } old) node.Network.Lose(old);
    }

    private void CheckStamp(Chunk chunk)
    {
        if (stamp!.Bucket != PostageBatch.BucketOf(chunk.Address) || stamp.FindIssuer(chunk.Address) != batch.Owner)
        {
            throw new BeeAnswerException(StatusCodes.Status400BadRequest, "stamp signature is invalid");
        }
    }
}

/// <summary>The bucket of a chunk is full.</summary>
internal sealed class BatchOverissuedException() : Exception("batch is overissued");
