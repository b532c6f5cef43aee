using System.Text;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using RemoteLog.Server.Storage;

namespace RemoteLog.Storage.Azure;

/// <summary>
/// Jobs on Storage queues, in base64, which is also what Functions triggers expect. A body too large for a message lies in a blob of its own, which is
/// put first and deleted after its message: a crash in between leaves a blob that nothing names, never a message without its body. Where the Functions
/// host deletes the message, which it does later, the body goes first: a message without one is that of a job that was done.
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

    // A message takes a request of its own.
    public ValueTask EnqueueAsync(IReadOnlyList<NewJob> jobs, CancellationToken cancellationToken) =>
        SideBySide.ForAsync(jobs.Count, (i, token) => EnqueueAsync(jobs[i], token), cancellationToken);

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
                if (await DownloadAsync(name, cancellationToken) is not { } found)
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

    public async ValueTask CompleteAsync(Job job, CancellationToken cancellationToken)
    {
        var slash = job.Receipt.IndexOf('/');
        var completed = await DeleteAsync(job.Queue, job.Id, job.Receipt[(slash + 1)..], cancellationToken);
        if (completed && slash > 0) await bodies.DeleteBlobIfExistsAsync(job.Receipt[..slash], cancellationToken: cancellationToken);
    }

    public async ValueTask<ReadOnlyMemory<byte>?> FindBodyAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
        NameOfBody(message) is { } name ? await DownloadAsync(name, cancellationToken) : message;

    public async ValueTask CompleteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        if (NameOfBody(message) is { } name) await bodies.DeleteBlobIfExistsAsync(name, cancellationToken: cancellationToken);
    }

    public async ValueTask<long> CountAsync(string queue, CancellationToken cancellationToken)
    {
        try
        {
            QueueProperties properties = await QueueOf(queue).GetPropertiesAsync(cancellationToken);
            return properties.ApproximateMessagesCount;
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            // The queue of jobs set aside is created when the first one is.
            return 0;
        }
    }

    /// <summary>Null for a body itself. So is what somebody made up to look like a reference: it names no blob that we would have put.</summary>
    private static string? NameOfBody(ReadOnlyMemory<byte> message)
    {
        if (!message.Span.StartsWith(Reference)) return null;
        var name = Encoding.ASCII.GetString(message.Span[Reference.Length..]);
        return Guid.TryParseExact(name, "N", out _) ? name : null;
    }

    private async ValueTask EnqueueAsync(NewJob job, CancellationToken cancellationToken)
    {
        // What looks like a reference goes by one, so that nobody can enqueue a body that is read as another's.
        var message = new BinaryData(job.Body);
        if (job.Body.Length > MaxInline || job.Body.Span.StartsWith(Reference))
        {
            var name = Guid.NewGuid().ToString("N");
            await bodies.GetBlobClient(name).UploadAsync(message, cancellationToken);
            message = new BinaryData([.. Reference, .. Encoding.ASCII.GetBytes(name)]);
        }
        await QueueOf(job.Queue).SendMessageAsync(message, TimeSpan.FromSeconds(Math.Ceiling(job.Delay.TotalSeconds)), Forever, cancellationToken);
    }

    private QueueClient QueueOf(string queue) => service.GetQueueClient($"{prefix}-{queue}");

    private async ValueTask<ReadOnlyMemory<byte>?> DownloadAsync(string name, CancellationToken cancellationToken)
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
