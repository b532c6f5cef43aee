using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace RemoteLog.Client.Tests;

/// <summary>
/// The far side of the socket, made by hand so that it can lie: it keeps one log's pages as bytes for tests to tamper with, and each request can be
/// answered otherwise than it honestly would.
/// </summary>
public sealed class Peer(LogName log)
{
    private TaskCompletionSource change = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What it serves as entries, one message each.</summary>
    public List<byte[]> Pages { get; } = [];

    public ConcurrentDictionary<Cid, byte[]> Content { get; } = [];

    public List<Fork> Forks { get; } = [];

    public Head? Head { get; set; }

    /// <summary>Method and path of each request, with its query.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>Every segment that arrived, taken or not.</summary>
    public ConcurrentQueue<byte[]> Posted { get; } = [];

    /// <summary>Answers instead of the honest peer where it answers at all. Throwing is a broken connection.</summary>
    public Func<HttpRequestMessage, Task<HttpResponseMessage?>> Instead { get; set; } = _ => Task.FromResult<HttpResponseMessage?>(null);

    /// <summary>Answers the honest way and then loses the answer, as often as this says.</summary>
    public int AnswersToLose { get; set; }

    public RemoteLogClient Client(ImpatientClock? clock = null, RemoteLogClientOptions? options = null) =>
        new(new HttpClient(new Wire(this)), new Uri("http://peer.test/"), options, clock ?? new ImpatientClock());

    /// <summary>Takes a segment in as a page of its own.</summary>
    public void Store(byte[] bytes)
    {
        var segment = Device.Parse(bytes);
        var before = Head?.Link ?? log.Id;
        Pages.Add([
            .. Page.Block(segment.Entries),
            .. Page.Trailer(log, segment.First, before, segment.Last, segment.Signature, tail: null),
        ]);
        Head = new Head
        {
            Log = log,
            Sequence = segment.Last,
            Link = Chain.Extend(before, [.. segment.Entries]),
            Signature = segment.Signature,
            UpdatedAt = DateTimeOffset.UnixEpoch,
        };
        Interlocked.Exchange(ref change, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    /// <summary>Makes page <paramref name="index"/> anew from other entries, or from other claims about the same ones.</summary>
    public void Rewrite(int index, Func<Page, Entry[]>? entries = null, LogName? of = null, Digest? before = null)
    {
        Assert.True(Page.TryParse(Pages[index], out var page));
        var chosen = entries?.Invoke(page) ?? [.. page.Entries];
        Pages[index] =
        [
            .. Page.Block(chosen),
            .. Page.Trailer(of ?? log, page.First, before ?? page.Before, page.First + chosen.Length - 1, page.Signature, tail: null),
        ];
    }

    public static HttpResponseMessage Problem(HttpStatusCode status, string name, string members = "") => new(status)
    {
        Content = new StringContent(
            $$"""{"type":"urn:remotelog:problem:{{name}}","title":"It is {{name}}.","status":{{(int)status}},"detail":"Because."{{members}}}""",
            Encoding.UTF8, "application/problem+json"),
    };

    public static byte[] Framed(IEnumerable<byte[]> messages)
    {
        var stream = new MemoryStream();
        foreach (var message in messages)
        {
            var length = message.Length;
            for (; length >= 0x80; length >>= 7) stream.WriteByte((byte)(length | 0x80));
            stream.WriteByte((byte)length);
            stream.Write(message);
        }
        return stream.ToArray();
    }

    public static HttpResponseMessage Ok(byte[] bytes) => new(HttpStatusCode.OK) { Content = new ByteArrayContent(bytes) };

    /// <summary>Answers one request.</summary>
    public async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests.Enqueue($"{request.Method} {request.RequestUri!.PathAndQuery}");
        if (request.Method == HttpMethod.Post) Posted.Enqueue(await request.Content!.ReadAsByteArrayAsync(cancellationToken));
        if (await Instead(request) is { } instead) return instead;

        var path = request.RequestUri.AbsolutePath;
        var answer =
            request.Method == HttpMethod.Post ? Append(Posted.Last())
            : request.Method == HttpMethod.Put ? await PutAsync(request, cancellationToken)
            : path.Contains("/content/", StringComparison.Ordinal) ? Find(Cid.Parse(path[(path.LastIndexOf('/') + 1)..]))
            : path.EndsWith("/entries", StringComparison.Ordinal) ? Entries(long.Parse(request.RequestUri.Query["?after=".Length..]))
            : path.EndsWith("/forks", StringComparison.Ordinal) ? Ok(ForkList.ToArray(Forks))
            : await HeadAsync(request, cancellationToken);
        if (AnswersToLose == 0) return answer;
        AnswersToLose--;
        throw new HttpRequestException(HttpRequestError.ResponseEnded, "The connection was reset.");
    }

    private HttpResponseMessage Append(byte[] bytes)
    {
        var segment = Device.Parse(bytes);
        var next = (Head?.Sequence ?? 0) + 1;
        if (segment.First > next) return Problem(HttpStatusCode.Conflict, "gap", $$""","head":{"sequence":"{{next - 1}}"}""");
        if (segment.First == next) Store(bytes);
        else if (!IsKnown(segment)) return Problem(HttpStatusCode.Conflict, "fork");
        return HeadNow();
    }

    private bool IsKnown(Segment segment) => Pages.Any(page => Page.TryParse(page, out var known) && known.Signature == segment.Signature);

    private async Task<HttpResponseMessage> PutAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var bytes = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
        Content[Cid.Of(bytes)] = bytes;
        return new HttpResponseMessage(HttpStatusCode.Created);
    }

    private HttpResponseMessage Find(Cid address) =>
        Content.TryGetValue(address, out var bytes) ? Ok(bytes) : Problem(HttpStatusCode.NotFound, "unknown-content");

    private HttpResponseMessage Entries(long after) => Head is null
        ? Problem(HttpStatusCode.NotFound, "unknown-log")
        : Ok(Framed(Pages.Where(bytes => !Page.TryParse(bytes, out var page) || page.Last > after)));

    private async Task<HttpResponseMessage> HeadAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Head is not null && request.Headers.IfNoneMatch.Contains(TagOf(Head))) await change.Task.WaitAsync(cancellationToken);
        return Head is null ? Problem(HttpStatusCode.NotFound, "unknown-log") : HeadNow();
    }

    private HttpResponseMessage HeadNow()
    {
        var response = Ok(Head!.ToArray());
        response.Headers.ETag = TagOf(Head);
        return response;
    }

    private static EntityTagHeaderValue TagOf(Head head) => new($"\"{head.Sequence}\"");

    private sealed class Wire(Peer peer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            peer.AnswerAsync(request, cancellationToken);
    }
}
