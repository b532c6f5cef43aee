using System.Net;
using System.Text.Json;
using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;

namespace RemoteLog.Client;

/// <summary>
/// Mirrors a log on Swarm under a key of this device, so that readers who know the device's Ethereum address need no server's mirror either. The log's
/// pages have to be on Swarm already, as they are when its server keeps them there. One publisher at a time for each key and log.
/// </summary>
/// <param name="http">The caller's, which outlives this.</param>
/// <param name="node">Where the API of a Bee node is that can issue stamps from <paramref name="batch"/>.</param>
/// <param name="batch">The postage batch that pays: immutable.</param>
/// <param name="key">Signs the updates: on secp256k1. It may be the log owner's, and need not be.</param>
/// <param name="server">Where the log is.</param>
/// <param name="memory">Keeps each update from before it is written: a feed must never get two at one index.</param>
/// <exception cref="ArgumentException">The key is on another curve.</exception>
public sealed class MirrorPublisher(HttpClient http, Uri node, Digest batch, SigningKey key, RemoteLogClient server, ILogMemory memory)
{
    private readonly Uri root = new($"{node.AbsoluteUri.TrimEnd('/')}/");
    private readonly MirrorClient mirror = new(http, node, EthereumAddress.Of(key.Owner), memory);

    /// <summary>By whom readers find the mirror.</summary>
    public EthereumAddress Publisher { get; } = EthereumAddress.Of(key.Owner);

    /// <summary>Publishes what the server has of the log by now; nothing when that was published before. Repeat it after any failure.</summary>
    /// <returns>The newest entry that the mirror tells of; 0: the log was never written.</returns>
    /// <exception cref="VerificationException">What the server shows is not the log.</exception>
    /// <exception cref="RemoteLogException">The node does not take it.</exception>
    public async Task<long> PublishAsync(LogName log, CancellationToken cancellationToken = default)
    {
        // 1. What was signed before and perhaps not written comes first: the same bytes at the same index.
        if (await memory.FindPendingUpdateAsync(log, Publisher, cancellationToken).ConfigureAwait(false) is { } pending)
        {
            await WriteAsync(log, pending, cancellationToken).ConfigureAwait(false);
        }

        // 2. What there is to tell, checked like anything that is read.
        if (await ReadAsync(log, cancellationToken).ConfigureAwait(false) is not { } message) return 0;
        var newest = await mirror.FindNewestAsync(log, cancellationToken).ConfigureAwait(false);
        if (newest is { } known && known.Message.Head.Sequence == message.Head.Sequence && known.Message.Head.Sealed == message.Head.Sealed)
        {
            return message.Head.Sequence;
        }

        // 3. Signed and remembered, then written.
        var index = newest is { } last ? last.Index + 1 : 0;
        var wrapped = await WrapAsync(message.ToArray(), cancellationToken).ConfigureAwait(false);
        var update = new PendingUpdate(index, SingleOwnerChunk.Sign(key, FeedOf(log).IdAt(index), wrapped).ToArray());
        await memory.SetPendingUpdateAsync(log, Publisher, update, cancellationToken).ConfigureAwait(false);
        await WriteAsync(log, update, cancellationToken).ConfigureAwait(false);
        return message.Head.Sequence;
    }

    private SequenceFeed FeedOf(LogName log) => new(log.Id.Span.ToArray(), Publisher);

    private async ValueTask<MirrorMessage?> ReadAsync(LogName log, CancellationToken cancellationToken)
    {
        if (await new LogReader(server, log, memory).FindHeadAsync(cancellationToken).ConfigureAwait(false) is not { } head) return null;
        if (head.Sealed == head.Sequence) return new MirrorMessage(head, null);

        // Pages may have been sealed, and entries written, since the head was read: then what comes does not fit it, and is asked for again another time.
        using var stream = new EntryStream(server, log);
        var newest = await stream.ReadAsync(head.Sealed, cancellationToken).ConfigureAwait(false);
        var message = new MirrorMessage(head, newest);
        return MirrorMessage.TryParse(message.ToArray(), log, out _)
            ? message
            : throw new RemoteLogException($"{log} moved on while it was being read. Publish again.");
    }

    private async ValueTask<Chunk> WrapAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        if (message.Length <= Chunk.MaxPayload) return Chunk.Of(message);
        byte[] last = [];
        var hasher = new TreeHasher((_, chunk) => last = chunk.ToArray());
        hasher.Append(message.Span);
        var reference = hasher.Finish();
        await PostAsync("bytes", message, reference, cancellationToken).ConfigureAwait(false);
        return Chunk.TryRead(last, out var chunk) && chunk.Address == reference ? chunk : throw new InvalidOperationException("The root is hashed last.");
    }

    private async ValueTask WriteAsync(LogName log, PendingUpdate update, CancellationToken cancellationToken)
    {
        var address = FeedOf(log).AddressAt(update.Index);
        if (!SingleOwnerChunk.TryRead(update.Bytes, address, out var chunk)) throw new RemoteLogException($"What is remembered of the mirror of {log} is damaged.");
        await PostAsync($"soc/{chunk.Owner}/{chunk.Id}?sig={chunk.Signature}", chunk.Wrapped.ToArray(), address, cancellationToken).ConfigureAwait(false);
        await memory.RaiseUpdateAsync(log, Publisher, update.Index, cancellationToken).ConfigureAwait(false);
        await memory.SetPendingUpdateAsync(log, Publisher, null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stores it in the network: the answer comes once it is there.</summary>
    private async ValueTask PostAsync(string route, ReadOnlyMemory<byte> body, Digest expected, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(root, route)) { Content = new ReadOnlyMemoryContent(body) };
        request.Headers.Add("swarm-postage-batch-id", batch.ToString());
        request.Headers.Add("swarm-deferred-upload", "false");
        request.Headers.Add("swarm-redundancy-level", "0");
        try
        {
            using var response = await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var answer = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.Created) throw new RemoteLogException($"{node} answered {(int)response.StatusCode}: {answer}");
            using var json = JsonDocument.Parse(answer);
            if (json.RootElement.GetProperty("reference").GetString() != expected.ToString()) throw new RemoteLogException($"{node} stored {expected} as something else.");
        }
        catch (Exception exception) when (RepeatedCalls.IsFault(exception))
        {
            throw new ServerUnreachableException(node, exception);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new RemoteLogException($"{node} answered with something that is not Bee's.", exception);
        }
    }
}

/// <summary>An update of a mirror that may or may not be written.</summary>
/// <param name="Index">Its place in the feed.</param>
/// <param name="Bytes">Signed and complete.</param>
public sealed record PendingUpdate(ulong Index, ReadOnlyMemory<byte> Bytes);
