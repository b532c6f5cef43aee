namespace RemoteLog.Functions.Operations;

/// <summary>Does the same thing at start and again after every pause; a failure is logged and the next turn comes all the same.</summary>
public sealed partial class Repeating(string what, TimeSpan pause, Func<CancellationToken, ValueTask> work, TimeProvider time, ILogger<Repeating> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(pause, time);
        try
        {
            do await DoAsync(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
    }

    private async ValueTask DoAsync(CancellationToken cancellationToken)
    {
        try
        {
            await work(cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Failed(what, exception);
        }
    }

    [LoggerMessage(LogLevel.Error, "{What} failed and will be tried again.")]
    private partial void Failed(string what, Exception exception);
}
