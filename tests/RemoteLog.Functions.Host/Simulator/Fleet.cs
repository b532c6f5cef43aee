namespace RemoteLog.Functions.Host.Simulator;

/// <summary>
/// Several instances of one app (contract 7.5, 7.20): a handler process each, and nothing in common but the storage. Requests go to one after the other,
/// every instance listens to every queue, and one of them has the timer.
/// </summary>
internal sealed class Fleet(HostStart start) : HttpMessageHandler, IAsyncDisposable
{
    private readonly HostStart start = start with { TimerLease = new() };
    private readonly HttpMessageInvoker http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private readonly Lock gate = new();
    private readonly List<SimulatedHost> hosts = [];
    private int requests;

    /// <summary>Those that serve now.</summary>
    public IReadOnlyList<SimulatedHost> Hosts
    {
        get
        {
            lock (gate) return [.. hosts];
        }
    }

    /// <summary>The platform adds an instance, which gets its share of requests from now on: the first of them may have to wait for its handler.</summary>
    public async Task<SimulatedHost> AddAsync()
    {
        var host = await SimulatedHost.StartAsync(start);
        lock (gate) hosts.Add(host);
        return host;
    }

    /// <summary>The platform takes an instance away. Requests that it serves at the moment break off.</summary>
    public async Task RemoveAsync(SimulatedHost host)
    {
        lock (gate) hosts.Remove(host);
        await host.DisposeAsync();
    }

    /// <summary>Every listener of a function polls once. How many messages succeeded, and how many did not.</summary>
    public async Task<(int Succeeded, int Failed)> PollAsync(string function)
    {
        var polls = await Task.WhenAll(Hosts.Select(host => host.QueueOf(function).PollAsync()));
        return (polls.Sum(poll => poll.Succeeded), polls.Sum(poll => poll.Failed));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in Hosts) await RemoveAsync(host);
        http.Dispose();
    }

    /// <summary>What the platform's front end does: whichever instance is next.</summary>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var serving = Hosts;
        var host = serving[(int)((uint)Interlocked.Increment(ref requests) % serving.Count)];
        request.RequestUri = new Uri(host.Address, request.RequestUri!.PathAndQuery);
        return http.SendAsync(request, cancellationToken);
    }
}
