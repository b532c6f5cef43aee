using RemoteLog.Server;
using RemoteLog.Server.Sweep;

namespace RemoteLog.Functions.Operations;

/// <summary>Sweeps at start and every few minutes when the service runs by itself.</summary>
public sealed partial class SweepTimer(Sweeper sweeper, SweepOptions options, TimeProvider time, ILogger<SweepTimer> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(options.Minutes), time);
        do
        {
            try
            {
                await sweeper.SweepAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                SweepFailed(exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Error, "The sweep failed; it is tried again at its next time.")]
    private partial void SweepFailed(Exception exception);
}
