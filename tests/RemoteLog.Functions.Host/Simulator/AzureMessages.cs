using Azure;
using Azure.Storage.Queues;

namespace RemoteLog.Functions.Host.Simulator;

/// <summary>Queues of a storage account, as the host's extension uses them (contract 3.6; 7.17). What it reads is text: to decode it is the listener's part.</summary>
internal sealed class AzureMessages(string connectionString, QueueClientOptions? options = null) : IMessageSource
{
    private static readonly TimeSpan Forever = TimeSpan.FromSeconds(-1);

    private readonly QueueServiceClient service = new(connectionString, options);

    /// <summary>How many lie on a queue, hidden or not; 0 when there is no such queue.</summary>
    public async Task<int> CountAsync(string queue)
    {
        try
        {
            return (await service.GetQueueClient(queue).GetPropertiesAsync()).Value.ApproximateMessagesCount;
        }
        catch (RequestFailedException exception) when (IsGone(exception))
        {
            return 0;
        }
    }

    /// <summary>A queue comes into being with its first message: nobody has created the one for poison messages.</summary>
    public async Task SendAsync(string queue, string text)
    {
        var client = service.GetQueueClient(queue);
        await client.CreateIfNotExistsAsync();
        await client.SendMessageAsync(text, timeToLive: Forever);
    }

    /// <summary>A queue that is not there is asked again later.</summary>
    public async Task<IReadOnlyList<QueueMessage>> ReceiveAsync(string queue, int max, TimeSpan hidden)
    {
        try
        {
            var answer = await service.GetQueueClient(queue).ReceiveMessagesAsync(max, hidden);
            return [.. answer.Value.Select(Of)];
        }
        catch (RequestFailedException exception) when (IsGone(exception))
        {
            return [];
        }
    }

    public Task HideAsync(string queue, QueueMessage message, TimeSpan hidden) =>
        UnlessTakenOverAsync(() => service.GetQueueClient(queue).UpdateMessageAsync(message.Id, message.PopReceipt, visibilityTimeout: hidden));

    public Task DeleteAsync(string queue, QueueMessage message) =>
        UnlessTakenOverAsync(() => service.GetQueueClient(queue).DeleteMessageAsync(message.Id, message.PopReceipt));

    private static async Task UnlessTakenOverAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (RequestFailedException exception) when (IsGone(exception))
        {
        }
    }

    private static bool IsGone(RequestFailedException exception) => exception.ErrorCode is "QueueNotFound" or "MessageNotFound" or "PopReceiptMismatch";

    private static QueueMessage Of(global::Azure.Storage.Queues.Models.QueueMessage message) => new(
        message.MessageId, message.PopReceipt, message.MessageText, message.DequeueCount,
        message.InsertedOn ?? default, message.ExpiresOn ?? DateTimeOffset.MaxValue, message.NextVisibleOn ?? default);
}
