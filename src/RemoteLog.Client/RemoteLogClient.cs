using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using RemoteLog.Protocol;

namespace RemoteLog.Client;

/// <summary>
/// The server's routes as methods: it moves bytes and believes nothing of them. <see cref="LogWriter"/> and <see cref="LogReader"/>, built on it, do
/// the checking. Every call may be repeated, so what may pass (a lost connection, a busy server) is tried again. Safe for concurrent use.
/// </summary>
/// <param name="http">
/// The caller's, which outlives this. Its own timeout bounds uploads too, so <see cref="Timeout.InfiniteTimeSpan"/> serves best. It must follow redirects, as
/// it does by default: a server may send readers of content to a CDN, and <see cref="HttpClient"/> leaves <c>Authorization</c> behind on the way. Other
/// headers that it always sends, such as a function key, go along.
/// </param>
/// <param name="server">Where the server is, such as <c>https://logs.example/</c>; routes follow under <c>api/</c>.</param>
/// <param name="options">How long to try.</param>
/// <param name="time">What waits are measured by.</param>
public sealed class RemoteLogClient(HttpClient http, Uri server, RemoteLogClientOptions? options = null, TimeProvider? time = null)
    : ILogSource
{
    private const int SmallAnswer = 16 * 1024 * 1024;
    private static readonly MediaTypeHeaderValue Protobuf = new("application/x-protobuf");

    private readonly RemoteLogClientOptions options = options ?? new();
    private readonly Uri root = new($"{server.AbsoluteUri.TrimEnd('/')}/api/v1/");
    private readonly RepeatedCalls calls = new(http, server, options ?? new(), (options ?? new()).Timeout, time ?? TimeProvider.System);
    private readonly RepeatedCalls transfers = new(http, server, options ?? new(), (options ?? new()).ContentTimeout, time ?? TimeProvider.System);

    /// <summary>The kind of address under which the server stores content, as far as it said.</summary>
    private volatile CidKind wanted = CidKind.Sha256;

    /// <summary>Where the server is.</summary>
    public Uri Server { get; } = server;

    TimeProvider ILogSource.Time => Time;

    /// <summary>A server holds the question when it is asked to; this is for one that answers at once all the same.</summary>
    TimeSpan ILogSource.Pause { get; } = TimeSpan.FromSeconds(2);

    internal TimeProvider Time { get; } = time ?? TimeProvider.System;

    internal TimeSpan MessageTimeout => options.Timeout;

    /// <summary>Sends a serialized segment. The same segment again is answered like the first time.</summary>
    /// <returns>What the server says is the log's head now.</returns>
    /// <exception cref="RefusedException">The server does not take it.</exception>
    public async Task<Head> AppendAsync(LogName log, ReadOnlyMemory<byte> segment, CancellationToken cancellationToken = default)
    {
        using var response = await calls.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Post, RouteOf(log, "/segments"))
            {
                Content = new ReadOnlyMemoryContent(segment) { Headers = { ContentType = Protobuf } },
                Headers = { Accept = { new(Protobuf.MediaType!) } },
            },
            SmallAnswer,
            cancellationToken).ConfigureAwait(false);
        return await HeadInAsync(log, response, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What the server says is the log's head; null when it knows no such log.</summary>
    public async Task<HeadAnswer?> FindHeadAsync(LogName log, CancellationToken cancellationToken = default)
    {
        using var response = await calls.SendAsync(() => Get(RouteOf(log)), SmallAnswer, cancellationToken).ConfigureAwait(false);
        if (await IsProblemAsync(response, Problem.UnknownLog, cancellationToken).ConfigureAwait(false)) return null;
        return await AnswerInAsync(log, response, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The head once it is another than <paramref name="known"/>; null when it stayed the same for <paramref name="wait"/>.</summary>
    public async Task<HeadAnswer?> WaitForHeadAsync(LogName log, EntityTagHeaderValue known, TimeSpan wait, CancellationToken cancellationToken = default)
    {
        using var response = await calls.SendAsync(
            () =>
            {
                var request = Get(RouteOf(log, $"?wait={(int)wait.TotalSeconds}"));
                request.Headers.IfNoneMatch.Add(known);
                return request;
            },
            SmallAnswer,
            cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotModified) return null;
        return await AnswerInAsync(log, response, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Evidence that the server keeps against the log's owner. Each item proves nothing until <see cref="Fork.Verify"/> says so.</summary>
    public async Task<IReadOnlyList<Fork>> GetForksAsync(LogName log, CancellationToken cancellationToken = default)
    {
        using var response = await calls.SendAsync(() => Get(RouteOf(log, "/forks")), SmallAnswer, cancellationToken).ConfigureAwait(false);
        await EnsureSuccessAsync(response, cancellationToken).ConfigureAwait(false);
        var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        return ForkList.TryParse(bytes, out var forks) ? forks : throw NotUnderstood("a list of forks");
    }

    /// <summary>Sends content, which is read once to find its address and once for each attempt.</summary>
    /// <param name="open">Opens it from the start, the same bytes each time.</param>
    /// <param name="header">Of the entry that is to name it.</param>
    /// <returns>An entry that names the content, for <see cref="LogWriter.AppendAsync(IReadOnlyList{Entry}, CancellationToken)"/>.</returns>
    public async Task<Entry> UploadAsync(Func<Stream> open, EntryHeader? header = null, CancellationToken cancellationToken = default)
    {
        Digest digest;
        long size;
        var stream = open();
        await using (stream.ConfigureAwait(false))
        {
            digest = new Digest(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
            size = stream.Position;
        }

        var address = await PutContentAsync(digest, open, cancellationToken).ConfigureAwait(false);
        return Entry.At(address, digest, size, header?.ToArray() ?? default);
    }

    IMessageSource ILogSource.OpenMessages(LogName log) => new EntryStream(this, log);

    bool ILogSource.Serves(CidKind kind) => true;

    Task<ReadOnlyMemory<byte>?> ILogSource.FindContentAsync(Cid address, long maxBytes, CancellationToken cancellationToken) =>
        FindContentAsync(address, maxBytes, cancellationToken);

    /// <summary>Sends content to its address: that by SHA-256, or where the server wants another, that.</summary>
    /// <param name="digest">SHA-256 of it.</param>
    /// <param name="open">Opens it from the start.</param>
    internal async Task<Cid> PutContentAsync(Digest digest, Func<Stream> open, CancellationToken cancellationToken)
    {
        var address = new Cid(CidKind.Sha256, digest);
        try
        {
            if (wanted == CidKind.Sha256)
            {
                await PutContentAsync(address, open, cancellationToken).ConfigureAwait(false);
                return address;
            }
        }
        catch (RefusedException refusal) when (refusal.Problem == Problem.InvalidAddress && refusal.AddressKind == "swarm")
        {
            wanted = CidKind.Swarm;
        }

        address = await SwarmAddressAsync(open(), cancellationToken).ConfigureAwait(false);
        await PutContentAsync(address, open, cancellationToken).ConfigureAwait(false);
        return address;
    }

    private static async Task<Cid> SwarmAddressAsync(Stream content, CancellationToken cancellationToken)
    {
        await using (content.ConfigureAwait(false))
        {
            using var hasher = new ContentHasher(CidKind.Swarm);
            var buffer = new byte[64 * 1024];
            while (await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var read) hasher.Append(buffer.AsSpan(0, read));
            return hasher.Finish();
        }
    }

    private async Task PutContentAsync(Cid address, Func<Stream> open, CancellationToken cancellationToken)
    {
        using var response = await transfers.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Put, ContentAt(address)) { Content = new StreamContent(open()) }, SmallAnswer, cancellationToken)
            .ConfigureAwait(false);
        await EnsureSuccessAsync(response, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Content under its address, all in memory and not checked yet; null when the server does not have it.</summary>
    internal async Task<ReadOnlyMemory<byte>?> FindContentAsync(Cid address, long maxBytes, CancellationToken cancellationToken)
    {
        using var response = await transfers.SendAsync(() => Get(ContentAt(address)), maxBytes, cancellationToken).ConfigureAwait(false);
        if (await IsProblemAsync(response, Problem.UnknownContent, cancellationToken).ConfigureAwait(false)) return null;
        await EnsureSuccessAsync(response, cancellationToken).ConfigureAwait(false);
        return await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>How the server can wake devices.</summary>
    public async Task<PushOffer> GetPushOfferAsync(CancellationToken cancellationToken = default)
    {
        using var response = await calls.SendAsync(() => Get(new Uri(root, "push")), SmallAnswer, cancellationToken).ConfigureAwait(false);
        await EnsureSuccessAsync(response, cancellationToken).ConfigureAwait(false);
        var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        return PushOffer.TryParse(bytes, out var offer) ? offer : throw NotUnderstood("an offer of push channels");
    }

    /// <summary>Makes a device's signed statement.</summary>
    /// <returns>How the server says the device stands.</returns>
    internal Task<DeviceStatus> StateAsync(DeviceStatement statement, CancellationToken cancellationToken)
    {
        var bytes = statement.ToArray();
        var (method, rest) = statement switch
        {
            DeviceStatement.Register => (HttpMethod.Put, string.Empty),
            DeviceStatement.Unregister => (HttpMethod.Delete, string.Empty),
            DeviceStatement.Follow => (HttpMethod.Put, "/follows"),
            DeviceStatement.Unfollow => (HttpMethod.Delete, "/follows"),
            DeviceStatement.Seen => (HttpMethod.Post, "/seen"),
            _ => (HttpMethod.Get, string.Empty),
        };
        return AskAsync(
            statement.Device,
            () =>
            {
                var request = new HttpRequestMessage(method, RouteOf(statement.Device, rest)) { Headers = { Accept = { new(Protobuf.MediaType!) } } };
                if (method == HttpMethod.Get) request.Headers.Authorization = new AuthenticationHeaderValue("RemoteLog", Base64Url.EncodeToString(bytes));
                else request.Content = new ByteArrayContent(bytes) { Headers = { ContentType = Protobuf } };
                return request;
            },
            cancellationToken);
    }

    /// <summary>Returns the token that came with a device's first hint.</summary>
    internal Task<DeviceStatus> ConfirmAsync(Owner device, string token, CancellationToken cancellationToken) => AskAsync(
        device,
        () => new HttpRequestMessage(HttpMethod.Post, RouteOf(device, "/confirm"))
        {
            Content = new ByteArrayContent(new Confirmation(token).ToArray()) { Headers = { ContentType = Protobuf } },
            Headers = { Accept = { new(Protobuf.MediaType!) } },
        },
        cancellationToken);

    /// <summary>A request of an operator, answered in memory.</summary>
    /// <param name="route">Below <c>api/v1/</c>.</param>
    /// <exception cref="RefusedException">The server says no.</exception>
    internal async Task<byte[]> OperateAsync(HttpMethod method, string route, AuthenticationHeaderValue key, CancellationToken cancellationToken)
    {
        using var response = await calls.SendAsync(
            () => new HttpRequestMessage(method, new Uri(root, route)) { Headers = { Authorization = key } }, MessageReader.MaxLength, cancellationToken)
            .ConfigureAwait(false);
        await EnsureSuccessAsync(response, cancellationToken).ConfigureAwait(false);
        return await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The stream of a log's messages with entries after <paramref name="after"/>.</summary>
    internal async Task<HttpResponseMessage> OpenEntriesAsync(LogName log, long after, CancellationToken cancellationToken)
    {
        var response = await calls.SendAsync(() => Get(RouteOf(log, $"/entries?after={after}")), SmallAnswer, cancellationToken, streamed: true).ConfigureAwait(false);
        if (response.IsSuccessStatusCode) return response;
        using (response) throw new RefusedException(await Problem.ReadAsync(response, cancellationToken).ConfigureAwait(false));
    }

    private static HttpRequestMessage Get(Uri uri) => new(HttpMethod.Get, uri) { Headers = { Accept = { new(Protobuf.MediaType!) } } };

    private static async ValueTask<bool> IsProblemAsync(HttpResponseMessage response, string name, CancellationToken cancellationToken) =>
        response.StatusCode == HttpStatusCode.NotFound
        && (await Problem.ReadAsync(response, cancellationToken).ConfigureAwait(false)).Name == name;

    private static async ValueTask EnsureSuccessAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode) return;
        throw new RefusedException(await Problem.ReadAsync(response, cancellationToken).ConfigureAwait(false));
    }

    private async ValueTask<HeadAnswer> AnswerInAsync(LogName log, HttpResponseMessage response, CancellationToken cancellationToken) =>
        new(await HeadInAsync(log, response, cancellationToken).ConfigureAwait(false), response.Headers.ETag ?? throw NotUnderstood("a head with an ETag"));

    private async ValueTask<Head> HeadInAsync(LogName log, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await EnsureSuccessAsync(response, cancellationToken).ConfigureAwait(false);
        var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        if (Head.TryParse(bytes, log, signer: null, out var head)) return head;
        throw Head.TryParse(bytes, out var other)
            ? new InvalidLogException(log, other.Sequence, $"this head is of another log, {other.Log}.")
            : NotUnderstood("a head");
    }

    private async Task<DeviceStatus> AskAsync(Owner device, Func<HttpRequestMessage> request, CancellationToken cancellationToken)
    {
        using var response = await calls.SendAsync(request, SmallAnswer, cancellationToken).ConfigureAwait(false);
        await EnsureSuccessAsync(response, cancellationToken).ConfigureAwait(false);
        var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        return DeviceStatus.TryParse(bytes, out var status) && status.Device.Equals(device) ? status : throw NotUnderstood("the status of this device");
    }

    private RemoteLogException NotUnderstood(string wanted) => new($"{Server} answered with something that is not {wanted}. Is it a RemoteLog server?");

    private Uri RouteOf(LogName log, string rest = "") => new(root, $"logs/{log.Owner.Name}/{log.Topic.Value}{rest}");

    private Uri RouteOf(Owner device, string rest) => new(root, $"devices/{device.Name}{rest}");

    private Uri ContentAt(Cid address) => new(root, $"content/{address}");
}
