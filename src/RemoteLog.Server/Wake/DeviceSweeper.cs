using Microsoft.Extensions.Logging;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Server.Wake;

/// <summary>Forgets devices: those that fell silent, those that never confirmed, and in the end the tombstones of all.</summary>
public sealed partial class DeviceSweeper(LogStorage storage, HintOptions options, TimeProvider time, ILogger<DeviceSweeper> logger)
{
    private const int Batch = 100;

    /// <summary>Rounds in one sweep, which bounds how long it takes; the next one goes on.</summary>
    private const int Rounds = 50;

    public async ValueTask SweepAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var swept = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var due = await storage.Devices.FindDueAsync(now, Batch, cancellationToken);
            foreach (var device in due) await LookAtAsync(device, now, cancellationToken);
            swept += due.Count;
            if (due.Count < Batch) break;
        }
        if (swept > 0) Swept(swept);
    }

    private async ValueTask LookAtAsync(Digest device, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if ((await storage.Devices.FindAsync([device], cancellationToken))[0] is not { } stored || stored.State.LookAt > now) return;

        var next = Next(stored.State, now);
        if (stored.State.Registration is null)
        {
            foreach (var followed in await storage.Devices.ReadFollowsAsync(device, cancellationToken))
            {
                await storage.Devices.UnfollowAsync(device, followed.Log, cancellationToken);
            }
        }

        // Lost to another change: the next sweep looks again.
        await storage.Devices.TryReplaceAsync([new DeviceChange(device, stored, next)], cancellationToken);
    }

    /// <summary>Null: nothing is to be kept of it.</summary>
    private DeviceState? Next(DeviceState state, DateTimeOffset now)
    {
        if (state.Registration is null)
        {
            var until = state.SeenAt + options.Tombstone;
            return until <= now ? null : state with { LookAt = until };
        }
        var end = state.Registration.Confirmed ? state.SeenAt + options.Silence : state.Registration.At + WakeRules.Unconfirmed;
        return end <= now ? state.Bury(now) : state with { LookAt = end };
    }

    [LoggerMessage(LogLevel.Information, "Looked at {Devices} devices that were silent or gone.")]
    private partial void Swept(int devices);
}
