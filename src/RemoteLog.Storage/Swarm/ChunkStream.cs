namespace RemoteLog.Storage.Swarm;

/// <summary>Pieces of data as a stream, read once and forwards.</summary>
internal sealed class ChunkStream : Stream
{
    private readonly CancellationTokenSource cancellation;
    private readonly IAsyncEnumerator<ReadOnlyMemory<byte>> pieces;
    private ReadOnlyMemory<byte> piece;

    public ChunkStream(IAsyncEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        cancellation = new CancellationTokenSource();
        this.pieces = pieces.GetAsyncEnumerator(cancellation.Token);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await using var registration = cancellationToken.Register(cancellation.Cancel);
        while (piece.IsEmpty)
        {
            if (!await pieces.MoveNextAsync()) return 0;
            piece = pieces.Current;
        }
        var read = Math.Min(buffer.Length, piece.Length);
        piece[..read].CopyTo(buffer);
        piece = piece[read..];
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Swarm is read asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await pieces.DisposeAsync();
        cancellation.Dispose();
        await base.DisposeAsync();
    }
}
