namespace RemoteLog.Functions.Host.Simulator;

/// <summary>One delivery of a queue message.</summary>
/// <param name="Text">As it lies on the queue: base64.</param>
internal sealed record QueueMessage(
    string Id, string PopReceipt, string Text, long DequeueCount, DateTimeOffset InsertedAt, DateTimeOffset ExpiresAt, DateTimeOffset VisibleAt);

/// <summary>A storage account's queues, as much of them as the host uses. Delivery is at least once and in no order.</summary>
internal interface IMessageSource
{
    Task SendAsync(string queue, string text);

    /// <summary>Takes messages and hides them for so long.</summary>
    Task<IReadOnlyList<QueueMessage>> ReceiveAsync(string queue, int max, TimeSpan hidden);

    /// <summary>Hides a message for so long from now. Does nothing when another delivery took over.</summary>
    Task HideAsync(string queue, QueueMessage message, TimeSpan hidden);

    /// <summary>Does nothing when another delivery took over.</summary>
    Task DeleteAsync(string queue, QueueMessage message);
}
