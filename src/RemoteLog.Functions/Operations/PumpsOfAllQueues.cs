namespace RemoteLog.Functions.Operations;

/// <summary>A pump for each queue, so that a slow provider keeps nobody else's jobs waiting.</summary>
public sealed class PumpsOfAllQueues(JobPump pump, TriggerOptions options, TimeProvider time, ILogger<Repeating> logger) : IHostedService, IDisposable
{
    private readonly Repeating[] pumps =
        [.. pump.Queues.Select(queue => new Repeating($"Working off {queue}", options.PollInterval, token => pump.PumpAsync(queue, token), time, logger))];

    public Task StartAsync(CancellationToken cancellationToken) => Task.WhenAll(pumps.Select(each => each.StartAsync(cancellationToken)));

    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(pumps.Select(each => each.StopAsync(cancellationToken)));

    public void Dispose()
    {
        foreach (var each in pumps) each.Dispose();
    }
}
