using RemoteLog.Protocol;

namespace RemoteLog.Bee.Emulator.Http;

/// <summary>/stewardship: whether the network still has all of a tree, and pushing it there again.</summary>
internal sealed class StewardshipEndpoints(BeeNode node)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/stewardship/{reference}", Get);
        routes.MapPut("/stewardship/{reference}", Put);
    }

    /// <summary>Copies on this node do not count.</summary>
    private IResult Get(HttpRequest request)
    {
        var isRetrievable = ChunkTree.Walk(ReferenceOf(request), node.FindRemote).All(item => item.Chunk is not null);
        return Answer.Json(new { isRetrievable });
    }

    private IResult Put(HttpRequest request)
    {
        var reference = ReferenceOf(request);
        var headers = UploadHeaders.Read(request, takesStamp: false);
        var batch = UploadSession.IssuerOf(node, headers.Batch!.Value);

        foreach (var (_, chunk) in ChunkTree.Walk(reference, address => node.Find(address, keep: true)).ToList())
        {
            if (chunk is null || batch.Stamp(chunk, out _) is null)
            {
                throw new BeeAnswerException(StatusCodes.Status500InternalServerError, "re-upload failed");
            }
            node.Push(chunk, batch);
        }
        return Answer.Message(StatusCodes.Status200OK);
    }

    private static Digest ReferenceOf(HttpRequest request)
    {
        var path = Parameters.OfPath(request);
        _ = path.RequiredHex("reference");
        var reference = path.Digest("reference");
        path.Check();
        return reference!.Value;
    }
}
