namespace RemoteLog.Storage.Tests;

/// <summary>A body as it arrives from a network: in uneven pieces, of unknown length, read once.</summary>
internal sealed class Sender(byte[] content) : Stream
{
    private const int Piece = 10_007;

    /// <summary>Bytes handed over so far.</summary>
    public int Sent { get; private set; }

    /// <summary>What happens once half of it was handed over.</summary>
    public Func<Task>? Half { get; set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("A network is read asynchronously.");

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Half is { } half && Sent >= content.Length / 2)
        {
            Half = null;
            await half();
        }
        cancellationToken.ThrowIfCancellationRequested();

        var piece = content.AsMemory(Sent, Math.Min(Math.Min(Piece, buffer.Length), content.Length - Sent));
        piece.CopyTo(buffer);
        Sent += piece.Length;
        return piece.Length;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
