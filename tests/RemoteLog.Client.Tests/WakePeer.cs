using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;

namespace RemoteLog.Client.Tests;

/// <summary>The far side of the socket for a device that is woken: some logs, and one device's statements, each checked as a server does.</summary>
internal sealed class WakePeer : HttpMessageHandler
{
    public const string Token = "the-token";

    private readonly Dictionary<string, Peer> peers = [];

    public ConcurrentQueue<DeviceStatement> Statements { get; } = [];

    /// <summary>Tokens that were returned.</summary>
    public ConcurrentQueue<string> Confirmations { get; } = [];

    /// <summary>What the device follows, as this side knows it.</summary>
    public Dictionary<LogName, HintTag> Follows { get; } = [];

    /// <summary>Of the newest statement.</summary>
    public long Number { get; set; }

    public bool IsRegistered { get; set; }

    /// <summary>Answers instead where it answers at all. Throwing is a broken connection.</summary>
    public Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage?>> Instead { get; set; } = (_, _) => Task.FromResult<HttpResponseMessage?>(null);

    /// <summary>Requests for entries, and of which logs.</summary>
    public ConcurrentQueue<string> Pulls { get; } = [];

    public IEnumerable<DeviceStatement.Seen> Seen => Statements.OfType<DeviceStatement.Seen>();

    public Peer Add(Device device)
    {
        var peer = new Peer(device.Log);
        peers[device.Path] = peer;
        return peer;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (await Instead(request, cancellationToken) is { } instead) return instead;
        var path = request.RequestUri!.AbsolutePath;
        if (path.Contains("/content/", StringComparison.Ordinal)) return await peers.Values.First().AnswerAsync(request, cancellationToken);
        if (!path.StartsWith("/api/v1/devices/", StringComparison.Ordinal))
        {
            if (path.EndsWith("/entries", StringComparison.Ordinal)) Pulls.Enqueue(path[..^"/entries".Length]);
            var peer = peers.FirstOrDefault(each => path.StartsWith(each.Key, StringComparison.Ordinal)).Value;
            return peer is null ? Peer.Problem(HttpStatusCode.NotFound, "unknown-log") : await peer.AnswerAsync(request, cancellationToken);
        }

        var bytes = request.Method == HttpMethod.Get
            ? Base64Url.DecodeFromChars(request.Headers.Authorization!.Parameter) : await request.Content!.ReadAsByteArrayAsync(cancellationToken);
        if (path.EndsWith("/confirm", StringComparison.Ordinal))
        {
            Assert.True(Confirmation.TryParse(bytes, out var confirmation));
            Confirmations.Enqueue(confirmation.Token);
            return confirmation.Token == Token
                ? StatusOf(Owner.Parse(path.Split('/')[4])) : Peer.Problem(HttpStatusCode.Forbidden, "wrong-token");
        }
        Assert.True(DeviceStatement.TryParse(bytes, out var statement));
        Assert.True(statement.Verify());
        return Accept(statement);
    }

    private HttpResponseMessage Accept(DeviceStatement statement)
    {
        if (statement.Number <= Number) return Peer.Problem(HttpStatusCode.Conflict, "stale-number", $$""","number":"{{Number}}" """);
        if (!IsRegistered && statement is not DeviceStatement.Register) return Peer.Problem(HttpStatusCode.NotFound, "unknown-device");
        Number = statement.Number;
        Statements.Enqueue(statement);
        if (statement is DeviceStatement.Register or DeviceStatement.Unregister) IsRegistered = statement is DeviceStatement.Register;
        if (statement is DeviceStatement.Follow follow) Follows[follow.Log] = follow.Tag;
        if (statement is DeviceStatement.Unfollow unfollow) Follows.Remove(unfollow.Log);
        return StatusOf(statement.Device);
    }

    private HttpResponseMessage StatusOf(Owner device) =>
        Peer.Ok(new DeviceStatus(device, Number, IsRegistered ? "unifiedpush" : "", false, 0, [.. Follows.Values]).ToArray());
}
