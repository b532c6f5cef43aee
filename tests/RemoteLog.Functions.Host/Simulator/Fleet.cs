namespace RemoteLog.Functions.Host.Simulator;

/// <summary>
/// Several instances of one app (contract 6.3; 7.5, 7.20): a handler process each, and nothing in common but the storage. Requests go to one after the
/// other, all listen to the queues, and one has the timer; unless they are of one group each, and have that group's triggers only.
/// </summary>
internal sealed class Fleet(HostStart start) : HttpMessageHandler, IAsyncDisposable
{
    private readonly HostStart start = start with { TimerLease = new() };
    private readonly HttpMessageInvoker http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private readonly Lock gate = new();
    private readonly List<SimulatedHost> hosts = [];
    private readonly List<SimulatedHost> serving = [];
    private int requests;

    /// <summary>Those there are now.</summary>
    public IReadOnlyList<SimulatedHost> Hosts
    {
        get
        {
            lock (gate) return [.. hosts];
        }
    }

    /// <summary>The platform adds an instance, which gets its share of requests from now on: the first of them may have to wait for its handler.</summary>
    /// <param name="group"><c>http</c> or <c>function:NAME</c>; null for all of them.</param>
    public async Task<SimulatedHost> AddAsync(string? group = null)
    {
        var host = await SimulatedHost.StartAsync(start with { Group = group });
        lock (gate)
        {
            hosts.Add(host);
            if (group is null or "http") serving.Add(host);
        }
        return host;
    }

    /// <summary>The platform takes an instance away. Requests that it serves at the moment break off.</summary>
    public async Task RemoveAsync(SimulatedHost host)
    {
        lock (gate)
        {
            hosts.Remove(host);
            serving.Remove(host);
        }
        await host.DisposeAsync();
    }

    /// <summary>Every listener of a function polls once. How many messages succeeded, and how many did not.</summary>
    public async Task<(int Succeeded, int Failed)> PollAsync(string function)
    {
        var listeners = Hosts.SelectMany(host => host.Queues).Where(queue => queue.Function.Name == function);
        var polls = await Task.WhenAll(listeners.Select(listener => listener.PollAsync()));
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
        SimulatedHost host;
        lock (gate) host = serving[requests++ % serving.Count];
        request.RequestUri = new Uri(host.Address, request.RequestUri!.PathAndQuery);
        return http.SendAsync(request, cancellationToken);
    }
}
