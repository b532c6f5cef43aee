using RemoteLog.Protocol;

namespace RemoteLog.Bee.Emulator.Http;

/// <summary>What an upload's headers ask for.</summary>
/// <param name="Batch">The batch that pays; null when a stamp was sent instead.</param>
/// <param name="Stamp">A stamp made elsewhere, 113 bytes.</param>
/// <param name="Deferred">Whether the network is to have it later; null: not said.</param>
/// <param name="Pin">Whether the node is to keep it. A pinned upload is always a deferred one.</param>
/// <param name="Tag">Who counts it.</param>
/// <param name="Level">How much redundancy is wanted; null: not said, which Bee takes for 1.</param>
internal sealed record UploadHeaders(Digest? Batch, byte[]? Stamp, bool? Deferred, bool Pin, long? Tag, long? Level)
{
    private const string BatchHeader = "swarm-postage-batch-id";

    /// <param name="takesStamp">Whether a stamp may take the place of a batch, as on /chunks and /soc.</param>
    public static UploadHeaders Read(HttpRequest request, bool takesStamp)
    {
        var headers = Parameters.OfHeaders(request);
        var stamp = takesStamp ? headers.Hex("swarm-postage-stamp") : null;
        var batch = takesStamp ? headers.Hex(BatchHeader) : headers.RequiredHex(BatchHeader);
        var read = new UploadHeaders(
            batch is { Length: Digest.Size } ? new Digest(batch) : null, stamp, headers.Flag("swarm-deferred-upload"), headers.Flag("swarm-pin") ?? false,
            headers.Number("swarm-tag", 0, uint.MaxValue), headers.Number("swarm-redundancy-level", 0, 4));
        if (headers.Flag("swarm-encrypt") == true || headers.Flag("swarm-act") == true)
        {
            throw new BeeAnswerException(StatusCodes.Status501NotImplemented, "The emulator neither encrypts nor controls access.");
        }
        headers.Check();

        if (batch is null && stamp is null)
        {
            throw new BeeAnswerException(
                StatusCodes.Status400BadRequest, "Either 'Swarm-Postage-Stamp' or 'Swarm-Postage-Batch-Id' header must be set in the request");
        }
        return batch is not null && read.Batch is null ? throw new BeeAnswerException(StatusCodes.Status400BadRequest, "invalid batch id") : read;
    }
}
