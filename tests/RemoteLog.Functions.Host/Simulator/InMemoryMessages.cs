using System.Globalization;

namespace RemoteLog.Functions.Host.Simulator;

/// <summary>Queues in memory, on a clock that tests move.</summary>
internal sealed class InMemoryMessages(TimeProvider time) : IMessageSource
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Dictionary<string, QueueMessage>> queues = [];
    private long receipts;

    /// <summary>What lies on a queue, hidden or not.</summary>
    public IReadOnlyList<QueueMessage> In(string queue)
    {
        lock (gate) return [.. Queue(queue).Values];
    }

    public Task SendAsync(string queue, string text)
    {
        lock (gate)
        {
            var (id, now) = (Guid.NewGuid().ToString(), time.GetUtcNow());
            Queue(queue).Add(id, new QueueMessage(id, NextReceipt(), text, 0, now, now.AddDays(7), now));
            return Task.CompletedTask;
        }
    }

    public Task<IReadOnlyList<QueueMessage>> ReceiveAsync(string queue, int max, TimeSpan hidden)
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            IReadOnlyList<QueueMessage> due = [.. Queue(queue).Values.Where(message => message.VisibleAt <= now).Take(max)
                .Select(message => message with { PopReceipt = NextReceipt(), DequeueCount = message.DequeueCount + 1, VisibleAt = now + hidden })];
            foreach (var message in due) Queue(queue)[message.Id] = message;
            return Task.FromResult(due);
        }
    }

    public Task HideAsync(string queue, QueueMessage message, TimeSpan hidden)
    {
        lock (gate)
        {
            if (IsCurrent(queue, message)) Queue(queue)[message.Id] = message with { VisibleAt = time.GetUtcNow() + hidden };
            return Task.CompletedTask;
        }
    }

    public Task DeleteAsync(string queue, QueueMessage message)
    {
        lock (gate)
        {
            if (IsCurrent(queue, message)) Queue(queue).Remove(message.Id);
            return Task.CompletedTask;
        }
    }

    private Dictionary<string, QueueMessage> Queue(string name)
    {
        if (!queues.TryGetValue(name, out var queue)) queues.Add(name, queue = []);
        return queue;
    }

    private bool IsCurrent(string queue, QueueMessage message) =>
        Queue(queue).TryGetValue(message.Id, out var current) && current.PopReceipt == message.PopReceipt;

    private string NextReceipt() => (++receipts).ToString(CultureInfo.InvariantCulture);
}
