using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using RemoteLog.Server.Storage;

namespace RemoteLog.Storage.Azure;

/// <summary>
/// Jobs on Storage queues, in base64, which is also what Functions triggers expect. A body too large for a message lies in a blob of its own, which is
/// put first and deleted after its message: a crash in between leaves a blob that nothing names, never a message without its body.
/// A delay is at most 7 days and rounded up to whole seconds, as the service has it.
/// </summary>
internal sealed class JobQueue(QueueServiceClient service, BlobContainerClient bodies, string prefix) : IJobQueue
{
    /// <summary>A message holds 64 KiB of base64.</summary>
    private const int MaxInline = 48 * 1024;

    /// <summary>What one request takes at the most.</summary>
    private const int MaxReceived = 32;

    private static readonly TimeSpan Forever = TimeSpan.FromSeconds(-1);

    private static ReadOnlySpan<byte> Reference => "\0body:"u8;

    public async ValueTask CreateAsync(IEnumerable<string> queues, CancellationToken cancellationToken)
    {
        await bodies.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        foreach (var queue in queues) await QueueOf(queue).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
    }

    public async ValueTask EnqueueAsync(string queue, ReadOnlyMemory<byte> body, TimeSpan delay, CancellationToken cancellationToken)
    {
        // What looks like a reference goes by one, so that nobody can enqueue a body that is read as another's.
        var message = new BinaryData(body);
        if (body.Length > MaxInline || body.Span.StartsWith(Reference))
        {
            var name = Guid.NewGuid().ToString("N");
            await bodies.GetBlobClient(name).UploadAsync(message, cancellationToken);
            message = new BinaryData([.. Reference, .. System.Text.Encoding.ASCII.GetBytes(name)]);
        }
        await QueueOf(queue).SendMessageAsync(message, TimeSpan.FromSeconds(Math.Ceiling(delay.TotalSeconds)), Forever, cancellationToken);
    }

    public async ValueTask<IReadOnlyList<Job>> ReceiveAsync(string queue, int max, TimeSpan lease, CancellationToken cancellationToken)
    {
        QueueMessage[] messages = await QueueOf(queue).ReceiveMessagesAsync(Math.Min(max, MaxReceived), lease, cancellationToken);
        List<Job> jobs = [];
        foreach (var message in messages)
        {
            var body = message.Body.ToMemory();
            var name = NameOfBody(body);
            if (name is not null)
            {
                if (await FindBodyAsync(name, cancellationToken) is not { } found)
                {
                    // Its body is lost, so it can never be done; left in the queue it would come back for ever.
                    await DeleteAsync(queue, message.MessageId, message.PopReceipt, cancellationToken);
                    continue;
                }
                body = found;
            }
            jobs.Add(new Job(queue, message.MessageId, $"{name}/{message.PopReceipt}", body, (int)message.DequeueCount));
        }
        return jobs;
    }

    public async ValueTask<long> CountAsync(string queue, CancellationToken cancellationToken) =>
        (await QueueOf(queue).GetPropertiesAsync(cancellationToken)).Value.ApproximateMessagesCount;

    public async ValueTask CompleteAsync(Job job, CancellationToken cancellationToken)
    {
        var slash = job.Receipt.IndexOf('/');
        var completed = await DeleteAsync(job.Queue, job.Id, job.Receipt[(slash + 1)..], cancellationToken);
        if (completed && slash > 0) await bodies.DeleteBlobIfExistsAsync(job.Receipt[..slash], cancellationToken: cancellationToken);
    }

    private static string? NameOfBody(ReadOnlyMemory<byte> body) =>
        body.Span.StartsWith(Reference) ? System.Text.Encoding.ASCII.GetString(body.Span[Reference.Length..]) : null;

    private QueueClient QueueOf(string queue) => service.GetQueueClient($"{prefix}-{queue}");

    private async ValueTask<ReadOnlyMemory<byte>?> FindBodyAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return (await bodies.GetBlobClient(name).DownloadContentAsync(cancellationToken)).Value.Content.ToMemory();
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == "BlobNotFound")
        {
            return null;
        }
    }

    /// <summary>False when the message is gone, or was delivered again since.</summary>
    private async ValueTask<bool> DeleteAsync(string queue, string id, string receipt, CancellationToken cancellationToken)
    {
        try
        {
            await QueueOf(queue).DeleteMessageAsync(id, receipt, cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (exception.ErrorCode is "MessageNotFound" or "PopReceiptMismatch")
        {
            return false;
        }
    }
}
