using System.Text;
using Microsoft.Extensions.Logging;
using RemoteLog.Protocol;
using RemoteLog.Server.Ingest;
using RemoteLog.Server.Storage;

namespace RemoteLog.Server.Replicate;

/// <summary>Copies content from one store to the other, off everybody's path: while the other is away, jobs wait and nothing is lost.</summary>
public sealed partial class Replicator(LogStorage storage, ILogger<Replicator> logger)
{
    /// <summary>How long a copy that keeps failing is left alone before it is tried again; it is never given up.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(10);

    /// <summary>The content that is kept in two stores.</summary>
    public IEnumerable<ReplicatedContent> Contents => new[] { storage.Pages, storage.Content }.OfType<ReplicatedContent>().Distinct();

    /// <summary>Does one job.</summary>
    /// <param name="body">The name of the content and its address.</param>
    /// <param name="delivery">How often the job was delivered, this time included.</param>
    /// <exception cref="FormatException">The body names no content of this service.</exception>
    public async ValueTask ReplicateAsync(ReadOnlyMemory<byte> body, int delivery, CancellationToken cancellationToken)
    {
        var text = Encoding.ASCII.GetString(body.Span);
        var space = text.IndexOf(' ');
        if (space < 0 || !Cid.TryParse(text[(space + 1)..], out var address)) throw new FormatException($"'{text}' names no content.");
        var content = Contents.FirstOrDefault(content => content.Name == text[..space]);
        if (content is null)
        {
            // The service has one store by now.
            Dropped(address);
            return;
        }

        try
        {
            if (await content.CopyAsync(address, cancellationToken)) return;
        }
        catch (StorageUnavailableException exception) when (delivery >= Job.MaxDeliveries)
        {
            Resting(address, exception.Message);
            await storage.Jobs.EnqueueAsync(ReplicatedContent.Queue, body, Rest, cancellationToken);
            return;
        }

        // The job came before its content, which has to come yet unless the writer crashed; or it was deleted since.
        if (delivery < Job.MaxDeliveries) throw new NotYetException($"{address} is not stored yet");
        Dropped(address);
    }

    /// <summary>About how many copies are still to be made.</summary>
    public ValueTask<long> CountWaitingAsync(CancellationToken cancellationToken) => storage.Jobs.CountAsync(ReplicatedContent.Queue, cancellationToken);

    [LoggerMessage(LogLevel.Information, "{Address} is not there to be copied.")]
    private partial void Dropped(Cid address);

    [LoggerMessage(LogLevel.Warning, "{Address} is not copied yet, and will be tried again in ten minutes: {Cause}")]
    private partial void Resting(Cid address, string cause);
}
