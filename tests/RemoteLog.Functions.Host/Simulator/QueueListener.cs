namespace RemoteLog.Functions.Host.Simulator;

/// <summary>Delivers the messages of one queue (contract 3.6; 7.17).</summary>
internal sealed class QueueListener(QueueFunction function, HostFile host, IMessageSource messages, Invoker invoker, TimeProvider time)
{
    private static readonly TimeSpan Hidden = TimeSpan.FromMinutes(10), RenewEvery = TimeSpan.FromMinutes(5);

    public QueueFunction Function => function;

    /// <summary>One poll: a batch, all of it at once. How many messages succeeded, and how many did not.</summary>
    public async Task<(int Succeeded, int Failed)> PollAsync()
    {
        var batch = await messages.ReceiveAsync(function.Queue, host.BatchSize, Hidden);
        var succeeded = await Task.WhenAll(batch.Select(RunAsync));
        return (succeeded.Count(success => success), succeeded.Count(success => !success));
    }

    private async Task<bool> RunAsync(QueueMessage message)
    {
        var content = new byte[message.Text.Length];
        if (!Convert.TryFromBase64String(message.Text, content, out var length) || message.DequeueCount > host.MaxDequeueCount)
        {
            await PoisonAsync(message);
            return false;
        }

        var invocation = invoker.FindFaultAsync(function, Envelope.OfMessage(function, message, content.AsSpan(0, length), time.GetUtcNow()));
        await KeepHiddenAsync(message, invocation);
        if (await invocation is null)
        {
            await messages.DeleteAsync(function.Queue, message);
            return true;
        }
        if (message.DequeueCount >= host.MaxDequeueCount) await PoisonAsync(message);
        else await messages.HideAsync(function.Queue, message, host.VisibilityTimeout);
        return false;
    }

    /// <summary>As long as the invocation runs nobody else gets the message.</summary>
    private async Task KeepHiddenAsync(QueueMessage message, Task invocation)
    {
        using var renewal = new PeriodicTimer(RenewEvery, time);
        while (await Task.WhenAny(invocation, renewal.WaitForNextTickAsync().AsTask()) != invocation)
        {
            await messages.HideAsync(function.Queue, message, Hidden);
        }
    }

    private async Task PoisonAsync(QueueMessage message)
    {
        await messages.SendAsync($"{function.Queue}-poison", message.Text);
        await messages.DeleteAsync(function.Queue, message);
    }
}
