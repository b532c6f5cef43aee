using RemoteLog.Protocol;
using RemoteLog.Server.Wake;
using RemoteLog.Testing;

namespace RemoteLog.Server.Tests;

/// <summary>What tests of waking devices do again and again.</summary>
public static class WakeSteps
{
    /// <summary>How long a job is out of sight; one that failed comes back after it.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    public static ValueTask<DeviceResult> StateAsync(this TestLog log, DeviceStatement statement) =>
        log.Registrar.AcceptAsync(statement, CancellationToken.None);

    /// <summary>States it and expects success.</summary>
    public static async Task<DeviceStatus> AcceptAsync(this TestLog log, DeviceStatement statement) =>
        Assert.IsType<DeviceResult.Accepted>(await log.StateAsync(statement)).Status;

    /// <summary>Registers, returns the token, follows these logs, and lets enough time pass that the phone is no longer taken to be awake.</summary>
    public static async Task<Phone> JoinAsync(this TestLog log, Phone phone, params LogName[] logs)
    {
        await log.AcceptAsync(phone.Register());
        await log.WorkAsync();
        await log.ConfirmAsync(phone);
        foreach (var each in logs) await log.AcceptAsync(phone.Follow(each));
        log.Time.Advance(TimeSpan.FromMinutes(2));
        log.Push.Clear();
        return phone;
    }

    /// <summary>Returns the token that came last.</summary>
    public static async Task ConfirmAsync(this TestLog log, Phone phone)
    {
        var token = log.Push.SentTo(phone.Endpoint)[^1].Hint.Token;
        Assert.IsType<DeviceResult.Accepted>(await log.Registrar.ConfirmAsync(phone.Owner, token!, CancellationToken.None));
    }

    /// <summary>Works off the jobs that are due now, and those that these leave for now.</summary>
    public static async Task WorkAsync(this TestLog log)
    {
        var jobs = log.Probe.Storage.Jobs;
        var found = true;
        while (found)
        {
            found = false;
            foreach (var queue in PushChannels.Queues.Prepend(HintWorker.Queue))
            {
                foreach (var job in await jobs.ReceiveAsync(queue, 100, Lease, CancellationToken.None))
                {
                    found = true;
                    if (queue == HintWorker.Queue) await log.HintWorker.WorkAsync(job.Body, job.Deliveries, CancellationToken.None);
                    else await log.Deliverer.DeliverAsync(job.Body, CancellationToken.None);
                    await jobs.CompleteAsync(job, CancellationToken.None);
                }
            }
        }
        log.Jobs.NothingIsDue();
    }

    /// <summary>Lets time pass, second by second at first and in longer steps for long times, and works off what becomes due.</summary>
    public static async Task PassAsync(this TestLog log, TimeSpan time, TimeSpan? step = null)
    {
        var end = log.Time.GetUtcNow() + time;
        while (log.Time.GetUtcNow() < end)
        {
            var left = end - log.Time.GetUtcNow();
            log.Time.Advance(left < (step ?? Step) ? left : step ?? Step);
            if (log.Jobs.MayBeDue) await log.WorkAsync();
        }
    }

    /// <summary>The window and the debounce of any channel, and a little more.</summary>
    public static Task PassDebounceAsync(this TestLog log) => log.PassAsync(TimeSpan.FromSeconds(8));

    public static async Task<DeviceState?> FindAsync(this TestLog log, Phone phone) =>
        (await log.Storage.Devices.FindAsync([DeviceState.IdOf(phone.Owner)], CancellationToken.None))[0]?.State;
}
