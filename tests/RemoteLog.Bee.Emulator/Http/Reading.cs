namespace RemoteLog.Bee.Emulator.Http;

/// <summary>What a download's headers ask for.</summary>
/// <param name="Keep">Whether the node is to keep a copy of what it fetches.</param>
/// <param name="OnlyRootChunk">Whether the answer is to be one chunk, span and payload. A header only: as a query parameter it has no effect.</param>
internal sealed record Reading(bool Keep, bool OnlyRootChunk)
{
    public static Reading Of(HttpRequest request)
    {
        var headers = Parameters.OfHeaders(request);
        var reading = new Reading(headers.Flag("swarm-cache") ?? true, headers.Flag("swarm-only-root-chunk") ?? false);
        _ = headers.Number("swarm-redundancy-level", 0, 4);
        _ = headers.Number("swarm-redundancy-strategy", 0, 3);
        _ = headers.Flag("swarm-redundancy-fallback-mode");
        headers.Duration("swarm-chunk-retrieval-timeout");
        headers.Check();
        return reading;
    }
}
