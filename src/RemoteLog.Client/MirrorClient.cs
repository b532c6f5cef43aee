using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;

namespace RemoteLog.Client;

/// <summary>
/// A log's mirror on Swarm, through any Bee node: no RemoteLog server is asked for anything. Neither the node nor whoever published the mirror is believed:
/// chunks are held against their addresses, updates against the publisher's signature, and <see cref="LogReader"/> holds the rest against the log owner's.
/// Safe for concurrent use.
/// </summary>
/// <param name="http">The caller's, which outlives this. Its own timeout bounds whole pages too.</param>
/// <param name="node">Where the node's API is, such as <c>http://127.0.0.1:1633/</c>.</param>
/// <param name="publisher">Who publishes the mirror: the Ethereum address of the server's <c>Mirror:Key</c>, or of a device that does so itself.</param>
/// <param name="memory">Keeps the newest update ever seen, so that an older one is never taken for it.</param>
public sealed class MirrorClient(
    HttpClient http, Uri node, EthereumAddress publisher, ILogMemory memory, RemoteLogClientOptions? options = null, TimeProvider? time = null) : ILogSource
{
    /// <summary>The most that a message or page may be.</summary>
    private const int MaxBytes = MessageReader.MaxLength;

    /// <summary>How often to ask for what is known to be there before it counts as unavailable for now.</summary>
    private const int Patience = 3;

    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(95);

    /// <summary>Between looks for a new update.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly RemoteLogClientOptions options = options ?? new();
    private readonly Uri root = new($"{node.AbsoluteUri.TrimEnd('/')}/");
    private readonly RepeatedCalls calls = new(http, node, options ?? new(), ReadLimit, time ?? TimeProvider.System, PassOverMissing);

    /// <summary>Where the node is.</summary>
    public Uri Node { get; } = node;

    TimeProvider ILogSource.Time => Time;

    TimeSpan ILogSource.Pause => Pause;

    private TimeProvider Time { get; } = time ?? TimeProvider.System;

    async Task<HeadAnswer?> ILogSource.FindHeadAsync(LogName log, CancellationToken cancellationToken) =>
        await FindNewestAsync(log, cancellationToken).ConfigureAwait(false) is { } newest ? new HeadAnswer(newest.Message.Head, TagOf(newest.Index)) : null;

    async Task<HeadAnswer?> ILogSource.WaitForHeadAsync(LogName log, EntityTagHeaderValue known, TimeSpan wait, CancellationToken cancellationToken)
    {
        var begun = Time.GetTimestamp();
        while (true)
        {
            if (await FindNewestAsync(log, cancellationToken).ConfigureAwait(false) is { } newest && !TagOf(newest.Index).Equals(known))
            {
                return new HeadAnswer(newest.Message.Head, TagOf(newest.Index));
            }
            if (Time.GetElapsedTime(begun) >= wait) return null;
            await Task.Delay(Pause, Time, cancellationToken).ConfigureAwait(false);
        }
    }

    IMessageSource ILogSource.OpenMessages(LogName log) => new MirrorWalk(this, log);

    bool ILogSource.Serves(CidKind kind) => kind == CidKind.Swarm;

    async Task<ReadOnlyMemory<byte>?> ILogSource.FindContentAsync(Cid address, long maxBytes, CancellationToken cancellationToken) =>
        await FindBytesAsync(address.Hash, maxBytes, cancellationToken).ConfigureAwait(false) is { } bytes ? (ReadOnlyMemory<byte>?)bytes : null;

    /// <summary>A mirror has no evidence of forks.</summary>
    Task<IReadOnlyList<Fork>> ILogSource.GetForksAsync(LogName log, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Fork>>([]);

    /// <summary>The newest update of the log's feed; null when there is none, as far as the node can tell.</summary>
    /// <exception cref="UnavailableException">A newer one was seen before than the node finds now.</exception>
    internal async ValueTask<(ulong Index, MirrorMessage Message)?> FindNewestAsync(LogName log, CancellationToken cancellationToken)
    {
        // 1. Every update found is at an address that only the publisher's key can fill: another's, or a damaged one, is as good as none.
        var feed = new SequenceFeed(log.Id.Span.ToArray(), publisher);
        var updates = new Dictionary<ulong, SingleOwnerChunk>();
        async ValueTask<bool> IsAvailableAsync(ulong index, CancellationToken token)
        {
            if (updates.ContainsKey(index)) return true;
            if (await FindUpdateAsync(feed.AddressAt(index), token).ConfigureAwait(false) is not { } update) return false;
            updates[index] = update;
            return true;
        }

        // 2. The node's own search may be stale, or fail: it only saves steps. What was seen before is never given up.
        var known = await memory.FindUpdateAsync(log, publisher, cancellationToken).ConfigureAwait(false);
        var hint = await FindHintAsync(feed, cancellationToken).ConfigureAwait(false);
        var start = hint > known || (known is null && hint is not null) ? await IsAvailableAsync(hint!.Value, cancellationToken).ConfigureAwait(false) ? hint : known : known;
        if (await FeedLookup.FindNewestAsync(start, IsAvailableAsync, cancellationToken).ConfigureAwait(false) is not { } index) return null;

        for (var attempt = 1; !await IsAvailableAsync(index, cancellationToken).ConfigureAwait(false); attempt++)
        {
            if (attempt == Patience) throw new UnavailableException(Node, $"update {index} of the mirror of {log}, which was seen before,");
            await Task.Delay(options.FirstDelay * attempt, Time, cancellationToken).ConfigureAwait(false);
        }

        // 3. Long messages are content of their own, of which the update has the root.
        var wrapped = updates[index].Wrapped;
        var bytes = wrapped.Span <= Chunk.MaxPayload
            ? wrapped.Payload
            : await GetBytesAsync(wrapped.Address, $"update {index} of the mirror of {log}", cancellationToken).ConfigureAwait(false);
        if (!MirrorMessage.TryParse(bytes, log, out var message)) throw new InvalidLogException(log, 1, $"what {publisher} published about the log cannot be read.");
        await memory.RaiseUpdateAsync(log, publisher, index, cancellationToken).ConfigureAwait(false);
        return (index, message);
    }

    /// <summary>Content that has to be there.</summary>
    /// <exception cref="UnavailableException">The node does not find all of it now.</exception>
    internal async ValueTask<byte[]> GetBytesAsync(Digest reference, string what, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await FindBytesAsync(reference, MaxBytes, cancellationToken).ConfigureAwait(false) is { } bytes) return bytes;
            if (attempt == Patience) throw new UnavailableException(Node, what);
            await Task.Delay(options.FirstDelay * attempt, Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static EntityTagHeaderValue TagOf(ulong index) => new($"\"{index}\"");

    private async ValueTask<SingleOwnerChunk?> FindUpdateAsync(Digest address, CancellationToken cancellationToken) =>
        await GetAsync($"chunks/{address}", SingleOwnerChunk.MaxSize, cached: true, cancellationToken).ConfigureAwait(false) is { } bytes
        && SingleOwnerChunk.TryRead(bytes, address, out var update) ? update : null;

    /// <summary>Content that hashes to its address; null when the node has not all of it, or has something else. A damaged copy of its own is asked round.</summary>
    private async ValueTask<byte[]?> FindBytesAsync(Digest reference, long maxBytes, CancellationToken cancellationToken)
    {
        foreach (var cached in new[] { true, false })
        {
            var bytes = await GetAsync($"bytes/{reference}", maxBytes, cached, cancellationToken).ConfigureAwait(false);
            if (bytes is null) return null;
            if (TreeHasher.Root(bytes) == reference) return bytes;
        }
        return null;
    }

    /// <summary>What the node itself takes for the newest index.</summary>
    private async ValueTask<ulong?> FindHintAsync(SequenceFeed feed, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
            $"feeds/{feed.Owner}/{Convert.ToHexStringLower(feed.Topic.Span)}", MaxBytes, cached: true, onlyRoot: true, cancellationToken).ConfigureAwait(false);
        return response.IsSuccessStatusCode && response.Headers.TryGetValues("swarm-feed-index", out var values)
            && ulong.TryParse(values.First(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var index) ? index : null;
    }

    /// <summary>Null where the node finds nothing; which proves nothing.</summary>
    private async ValueTask<byte[]?> GetAsync(string route, long maxBytes, bool cached, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(route, maxBytes, cached, onlyRoot: false, cancellationToken).ConfigureAwait(false);
        if (response.IsSuccessStatusCode) return await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        return response.StatusCode switch
        {
            HttpStatusCode.NotFound => null,
            HttpStatusCode.ServiceUnavailable => throw new UnavailableException(Node, "Anything (it answers 503, as a node does that is starting)"),
            _ => throw new RemoteLogException($"{Node} answered {(int)response.StatusCode}. Is it a Bee node?"),
        };
    }

    /// <summary>500 is also what Bee answers when no peer has a chunk: asking at once again is of no use.</summary>
    private static void PassOverMissing(HttpResponseMessage response)
    {
        if (response.StatusCode == HttpStatusCode.InternalServerError) response.StatusCode = HttpStatusCode.NotFound;
    }

    private Task<HttpResponseMessage> SendAsync(string route, long maxBytes, bool cached, bool onlyRoot, CancellationToken cancellationToken) => calls.SendAsync(
        () =>
        {
            var request = new HttpRequestMessage(HttpMethod.Get, new Uri(root, route));

            // Without it the node looks for copies that only redundancy makes before it says that it has nothing.
            request.Headers.Add("swarm-redundancy-level", "0");
            if (!cached) request.Headers.Add("swarm-cache", "false");
            if (onlyRoot) request.Headers.Add("swarm-only-root-chunk", "true");
            return request;
        },
        maxBytes,
        cancellationToken);
}
