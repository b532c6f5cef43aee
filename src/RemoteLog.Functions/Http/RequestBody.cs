using System.Buffers;

namespace RemoteLog.Functions.Http;

/// <summary>A whole request body in memory, never longer than allowed. Small bodies stay where the server received them.</summary>
public sealed class RequestBody : IDisposable
{
    /// <summary>Bodies up to this length are read in place.</summary>
    private const int InPlaceBytes = 16 * 1024;

    private readonly HttpRequest request;
    private readonly byte[]? rented;
    private readonly ReadOnlySequence<byte> inPlace;

    private RequestBody(HttpRequest request, ReadOnlyMemory<byte> bytes, byte[]? rented, ReadOnlySequence<byte> inPlace)
    {
        this.request = request;
        this.rented = rented;
        this.inPlace = inPlace;
        Bytes = bytes;
    }

    /// <summary>Valid until this is disposed of.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Null when the body is longer than <paramref name="maxBytes"/>, which a declared length tells before anything is read.</summary>
    public static async ValueTask<RequestBody?> ReadAsync(HttpRequest request, int maxBytes, CancellationToken cancellationToken)
    {
        if (request.ContentLength > maxBytes) return null;
        if (request.ContentLength is { } length and <= InPlaceBytes)
        {
            var read = await request.BodyReader.ReadAtLeastAsync((int)length, cancellationToken);
            if (read.Buffer.IsSingleSegment) return new RequestBody(request, read.Buffer.First, null, read.Buffer);
            request.BodyReader.AdvanceTo(read.Buffer.Start);
        }
        return await CollectAsync(request, maxBytes, cancellationToken);
    }

    public void Dispose()
    {
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        else request.BodyReader.AdvanceTo(inPlace.End);
    }

    private static async ValueTask<RequestBody?> CollectAsync(HttpRequest request, int maxBytes, CancellationToken cancellationToken)
    {
        // One byte of room past the declared length, so that its end is seen without growing; an undeclared body grows as it comes.
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min((request.ContentLength ?? InPlaceBytes) + 1, maxBytes + 1L));
        try
        {
            var length = 0;
            while (await request.Body.ReadAsync(buffer.AsMemory(length), cancellationToken) is > 0 and var read)
            {
                length += read;
                if (length > maxBytes) return null;
                if (length == buffer.Length) buffer = Grow(buffer, maxBytes);
            }

            var body = new RequestBody(request, buffer.AsMemory(0, length), buffer, default);
            buffer = null;
            return body;
        }
        finally
        {
            if (buffer is not null) ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] Grow(byte[] buffer, int maxBytes)
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(buffer.Length * 2L, Math.Max(buffer.Length, maxBytes) + 1L));
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
