namespace RemoteLog.Client;

/// <summary>Reads messages that are each preceded by their length as a varint. Every message gets memory of its own, which entries may point into.</summary>
internal sealed class MessageReader(Stream stream)
{
    /// <summary>More than any page or segment; a length above it is not believed, and nothing is set aside for it.</summary>
    public const int MaxLength = 64 * 1024 * 1024;

    private readonly byte[] buffer = new byte[64 * 1024];
    private int start;
    private int end;

    /// <summary>The next message; null after the last.</summary>
    /// <exception cref="InvalidDataException">The stream ends within a message, or what should be a length is none.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        var length = 0;
        for (var shift = 0; ; shift += 7)
        {
            if (start == end && !await FillAsync(cancellationToken).ConfigureAwait(false))
            {
                return shift == 0 ? null : throw new InvalidDataException("the stream ends within a length.");
            }
            var next = buffer[start++];
            length |= (next & 0x7f) << shift;
            if (next < 0x80) break;
            if (shift == 21) throw new InvalidDataException("what should be the length of a message is none.");
        }
        if (length > MaxLength) throw new InvalidDataException($"a message of {length} bytes is announced.");

        var message = GC.AllocateUninitializedArray<byte>(length);
        var buffered = Math.Min(length, end - start);
        buffer.AsSpan(start, buffered).CopyTo(message);
        start += buffered;

        // The rest goes straight where it belongs.
        var rest = message.AsMemory(buffered);
        if (await stream.ReadAtLeastAsync(rest, rest.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false) < rest.Length)
        {
            throw new InvalidDataException("the stream ends within a message.");
        }
        return message;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        start = 0;
        end = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        return end > 0;
    }
}
