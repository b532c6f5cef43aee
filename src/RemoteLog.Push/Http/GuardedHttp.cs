using System.Net;
using System.Net.Http.Headers;

namespace RemoteLog.Push.Http;

/// <summary>
/// The one client for URLs that others gave. It goes to no forbidden address: a host's name is resolved once, when a connection is made, all its addresses are
/// checked, and the connection goes to one of them, so a name that changes in between gains nothing. It follows no redirect and uses no proxy and no cookies.
/// </summary>
internal sealed class GuardedHttp : IDisposable
{
    private readonly EndpointRules rules;
    private readonly PushTransport transport;
    private readonly TimeProvider time;
    private readonly HttpMessageInvoker client;

    public GuardedHttp(EndpointRules rules, HttpOptions options, PushTransport transport, TimeProvider time)
    {
        (this.rules, this.transport, this.time) = (rules, transport, time);
        var handler = Connections.Handler(transport, TimeSpan.FromSeconds(options.ConnectSeconds));
        handler.ConnectCallback = ConnectAsync;

        // Until then a connection stays at the address that was checked when it was made.
        handler.PooledConnectionLifetime = TimeSpan.FromSeconds(options.ConnectionSeconds);
        handler.PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1);
        client = new HttpMessageInvoker(handler);
    }

    /// <summary>Posts once, over HTTP/2 where the host offers it.</summary>
    /// <exception cref="HttpRequestException">No answer; its cause is a <see cref="ForbiddenAddressException"/> when the host must not be called.</exception>
    /// <exception cref="IOException">The answer broke off.</exception>
    public async ValueTask<Reply> PostAsync(Uri url, HttpContent content, IEnumerable<(string Name, string Value)> headers, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = content, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("RemoteLog", "1"));
        using var response = await client.SendAsync(request, cancellationToken);
        return await Reply.ReadAsync(response, time, cancellationToken);
    }

    public void Dispose() => client.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var host = context.DnsEndPoint;
        var addresses = IPAddress.TryParse(host.Host, out var literal) ? [literal] : await transport.Resolve(host.Host, cancellationToken);
        if (addresses.Length == 0 || !Array.TrueForAll(addresses, rules.Allows)) throw new ForbiddenAddressException();
        return await transport.Connect(host, addresses, cancellationToken);
    }
}
