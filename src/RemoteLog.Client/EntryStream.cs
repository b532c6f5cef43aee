using RemoteLog.Protocol;

namespace RemoteLog.Client;

/// <summary>A log's messages from the server, taken up again where they stopped when the connection breaks.</summary>
internal sealed class EntryStream(RemoteLogClient client, LogName log) : IMessageSource
{
    /// <summary>Times that the connection may break without one message in between.</summary>
    private const int MaxBreaks = 3;

    private HttpResponseMessage? response;
    private MessageReader? messages;

    /// <summary>The next message; null at the end of the log.</summary>
    /// <param name="after">The newest entry received so far: where to go on.</param>
    /// <exception cref="RefusedException">The server knows no such log, or does not serve it.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(long after, CancellationToken cancellationToken)
    {
        for (var breaks = 1; ; breaks++)
        {
            messages ??= await OpenAsync(after, cancellationToken).ConfigureAwait(false);
            using var timeout = new CancellationTokenSource(client.MessageTimeout, client.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            try
            {
                return await messages.ReadAsync(either.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException || timeout.IsCancellationRequested)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (breaks == MaxBreaks) throw new ServerUnreachableException(client.Server, exception);
                Dispose();
            }
            catch (InvalidDataException exception)
            {
                throw new InvalidLogException(log, after + 1, exception.Message);
            }
        }
    }

    public void Dispose()
    {
        response?.Dispose();
        messages = null;
    }

    private async ValueTask<MessageReader> OpenAsync(long after, CancellationToken cancellationToken)
    {
        response = await client.OpenEntriesAsync(log, after, cancellationToken).ConfigureAwait(false);
        return new MessageReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
    }
}
