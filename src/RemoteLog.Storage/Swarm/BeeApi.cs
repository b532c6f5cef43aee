using System.Net;
using System.Text.Json;
using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;

namespace RemoteLog.Storage.Swarm;

/// <summary>
/// The HTTP API of one Bee node (8.x), as far as it is needed here: one request per call, within a limit of our own, since Bee has none. Failures are
/// <see cref="BeeException"/>s.
/// </summary>
internal sealed class BeeApi(HttpClient http, Uri address, TimeProvider time)
{
    private const string BatchHeader = "swarm-postage-batch-id";
    private const string RedundancyHeader = "swarm-redundancy-level";

    private static readonly TimeSpan StateLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ChunkLimit = TimeSpan.FromSeconds(35);
    private static readonly TimeSpan UploadLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PinLimit = TimeSpan.FromMinutes(2);

    /// <summary>An upload may take a second longer for each of these.</summary>
    private const int UploadBytesPerSecond = 64 * 1024;

    private readonly Uri root = address.AbsoluteUri.EndsWith('/') ? address : new Uri(address.AbsoluteUri + '/');

    public Uri Address => address;

    /// <summary>Stores content in the network: the answer comes once it is there. Repeating it takes no new room in the batch.</summary>
    /// <returns>The reference that the node gave it.</returns>
    public async ValueTask<Digest> UploadAsync(Digest batch, HttpContent content, long length, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(root, "bytes")) { Content = content };
        request.Headers.Add(BatchHeader, batch.ToString());

        // Said on every upload, because the defaults have changed with versions: redundancy gives other references, and a deferred upload or a pin makes
        // the node answer before anything has left it.
        request.Headers.Add(RedundancyHeader, "0");
        request.Headers.Add("swarm-deferred-upload", "false");
        var limit = UploadLimit + TimeSpan.FromSeconds(length / UploadBytesPerSecond);
        return await SendAsync(request, limit, (response, token) => ReferenceAsync(response, OfUpload(response.StatusCode), token), cancellationToken);
    }

    /// <summary>Stores a single-owner chunk in the network: the answer comes once it is there. Only ever the same payload for one id.</summary>
    /// <returns>The address that the node gave it.</returns>
    public ValueTask<Digest> UploadAsync(Digest batch, SingleOwnerChunk chunk, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(root, $"soc/{chunk.Owner}/{chunk.Id}?sig={chunk.Signature}"))
        {
            Content = new ByteArrayContent(chunk.Wrapped.ToArray()),
        };
        request.Headers.Add(BatchHeader, batch.ToString());
        request.Headers.Add("swarm-deferred-upload", "false");

        // Whatever keeps the node from stamping or storing such a chunk is a 400, a full batch included.
        return SendAsync(
            request, UploadLimit,
            (response, token) => ReferenceAsync(response, response.StatusCode == HttpStatusCode.BadRequest ? BeeFault.Batch : OfUpload(response.StatusCode), token),
            cancellationToken);
    }

    /// <summary>A chunk's span and payload, unchecked.</summary>
    /// <param name="cached">Whether the node may answer from its own store of what it fetched before.</param>
    public ValueTask<byte[]> ReadChunkAsync(Digest chunk, bool cached, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(root, $"chunks/{chunk}"));
        if (!cached) request.Headers.Add("swarm-cache", "false");
        return SendAsync(request, ChunkLimit, async (response, token) =>
        {
            if (response.StatusCode != HttpStatusCode.OK)
            {
                // 500 is also what it answers when no peer has the chunk.
                var isAbsent = response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.InternalServerError;
                throw Refusal(await MessageAsync(response, token), isAbsent ? BeeFault.NotAvailable : OfState(response.StatusCode));
            }
            if (response.Content.Headers.ContentLength > SingleOwnerChunk.MaxSize) throw Wrong("is no chunk");
            return await response.Content.ReadAsByteArrayAsync(token);
        }, cancellationToken);
    }

    /// <summary>Whether the node has a chunk in its own store; it does not ask the network.</summary>
    public ValueTask<bool> HasChunkAsync(Digest chunk, CancellationToken cancellationToken) => SendAsync(
        new HttpRequestMessage(HttpMethod.Head, new Uri(root, $"chunks/{chunk}")),
        StateLimit,
        (response, _) => new ValueTask<bool>(response.StatusCode == HttpStatusCode.OK),
        cancellationToken);

    public ValueTask<BatchState> ReadBatchAsync(Digest batch, CancellationToken cancellationToken) => SendAsync(
        new HttpRequestMessage(HttpMethod.Get, new Uri(root, $"stamps/{batch}")),
        StateLimit,
        async (response, token) =>
        {
            if (response.StatusCode == HttpStatusCode.NotFound) return BatchState.Missing(batch);
            var message = response.StatusCode == HttpStatusCode.OK ? null : await MessageAsync(response, token);
            if (response.StatusCode == HttpStatusCode.BadRequest && message!.Contains("not usable", StringComparison.Ordinal))
            {
                return new BatchState(batch, "It is not usable yet.", IsYoung: true, 0, null);
            }
            if (message is not null) throw Refusal(message, OfState(response.StatusCode));

            using var answer = await JsonAsync(response, token);
            return BatchState.Read(batch, answer.RootElement);
        },
        cancellationToken);

    /// <summary>Version, and version of the API. A node answers this while it starts, too.</summary>
    public ValueTask<(string Version, string ApiVersion)> ReadVersionAsync(CancellationToken cancellationToken) => SendAsync(
        new HttpRequestMessage(HttpMethod.Get, new Uri(root, "health")),
        StateLimit,
        async (response, token) =>
        {
            if (response.StatusCode != HttpStatusCode.OK) throw Refusal(await MessageAsync(response, token), OfState(response.StatusCode));
            using var answer = await JsonAsync(response, token);
            return (answer.RootElement.GetProperty("version").ToString(), answer.RootElement.GetProperty("apiVersion").ToString());
        },
        cancellationToken);

    /// <summary>Whether the node has started up. Where it has not, it answers 400.</summary>
    public ValueTask<bool> IsReadyAsync(CancellationToken cancellationToken) => SendAsync(
        new HttpRequestMessage(HttpMethod.Get, new Uri(root, "readiness")),
        StateLimit,
        (response, _) => new ValueTask<bool>(response.StatusCode == HttpStatusCode.OK),
        cancellationToken);

    /// <summary>With how many others the node is connected; null where it cannot tell. Without any it finds nothing, whatever there is.</summary>
    public ValueTask<int?> ReadPeersAsync(CancellationToken cancellationToken) => SendAsync(
        new HttpRequestMessage(HttpMethod.Get, new Uri(root, "status")),
        StateLimit,
        async (response, token) =>
        {
            if (response.StatusCode != HttpStatusCode.OK) return (int?)null;
            using var answer = await JsonAsync(response, token);
            return answer.RootElement.TryGetProperty("connectedPeers", out var peers) && peers.TryGetInt32(out var count) ? count : null;
        },
        cancellationToken);

    /// <summary>Has the node keep a copy for good. It fetches what it lacks, so this comes after the upload.</summary>
    public ValueTask PinAsync(Digest reference, CancellationToken cancellationToken) => SetPinAsync(HttpMethod.Post, reference, cancellationToken);

    /// <summary>Lets the node forget its copy; the network keeps its own until the batch expires.</summary>
    public ValueTask UnpinAsync(Digest reference, CancellationToken cancellationToken) => SetPinAsync(HttpMethod.Delete, reference, cancellationToken);

    private async ValueTask SetPinAsync(HttpMethod method, Digest reference, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(method, new Uri(root, $"pins/{reference}"));
        request.Headers.Add(RedundancyHeader, "0");
        await SendAsync(request, PinLimit, async (response, token) =>
        {
            var isDone = response.IsSuccessStatusCode || (method == HttpMethod.Delete && response.StatusCode == HttpStatusCode.NotFound);
            return isDone ? true : throw Refusal(await MessageAsync(response, token), OfState(response.StatusCode));
        }, cancellationToken);
    }

    private async ValueTask<T> SendAsync<T>(
        HttpRequestMessage request, TimeSpan limit, Func<HttpResponseMessage, CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(limit, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            using (request)
            {
                using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
                return await read(response, deadline.Token);
            }
        }
        catch (OperationCanceledException exception) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new BeeException(BeeFault.Passing, $"{address} did not answer within {limit.TotalSeconds:F0} s.", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new BeeException(BeeFault.Passing, $"{address} cannot be reached: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or KeyNotFoundException or InvalidOperationException)
        {
            throw Wrong("is not what Bee answers", exception);
        }
    }

    private async ValueTask<Digest> ReferenceAsync(HttpResponseMessage response, BeeFault refusal, CancellationToken cancellationToken)
    {
        if (response.StatusCode != HttpStatusCode.Created) throw Refusal(await MessageAsync(response, cancellationToken), refusal);
        using var answer = await JsonAsync(response, cancellationToken);
        return answer.RootElement.TryGetProperty("reference", out var text) && Digest.TryParse(text.GetString(), out var reference)
            ? reference
            : throw Wrong("names no reference");
    }

    private static BeeFault OfUpload(HttpStatusCode status) => status switch
    {
        HttpStatusCode.PaymentRequired or HttpStatusCode.NotFound => BeeFault.Batch,
        HttpStatusCode.UnprocessableEntity => BeeFault.YoungBatch,
        _ => OfState(status),
    };

    private static BeeFault OfState(HttpStatusCode status) => (int)status switch
    {
        404 => BeeFault.NotAvailable,
        408 or 429 or >= 500 => BeeFault.Passing,
        _ => BeeFault.Ours,
    };

    private static async ValueTask<JsonDocument> JsonAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        return await JsonDocument.ParseAsync(body, cancellationToken: cancellationToken);
    }

    private static async ValueTask<string> MessageAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            using var problem = await JsonAsync(response, cancellationToken);
            var message = problem.RootElement.TryGetProperty("message", out var text) ? text.ToString() : problem.RootElement.ToString();
            return $"{(int)response.StatusCode}, {message.TrimEnd('.')}";
        }
        catch (JsonException)
        {
            return $"{(int)response.StatusCode}, {response.ReasonPhrase}";
        }
    }

    private BeeException Refusal(string message, BeeFault fault) => new(fault, $"{address} answered {message}.") { Answer = message };

    private BeeException Wrong(string what, Exception? exception = null) => new(BeeFault.Wrong, $"What {address} answered {what}.", exception);
}
