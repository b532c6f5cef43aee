using System.Buffers;
using System.Text;
using RemoteLog.Protocol;

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
    public ReadOnlyMemory<byte> Bytes { get; private set; }

    /// <summary>The message in the body, as protobuf whichever way it came; null after a problem was written.</summary>
    /// <param name="maxBytes">Of a protobuf body.</param>
    /// <param name="maxJsonBytes">JSON carries bytes as base64, four characters for three bytes, and names where protobuf has numbers.</param>
    public static async ValueTask<RequestBody?> ReadMessageAsync(HttpContext context, MessageKind kind, int maxBytes, int maxJsonBytes)
    {
        if (Formats.OfBody(context.Request) is not { } format)
        {
            await Problem.UnsupportedContentType.WriteAsync(context.Response);
            return null;
        }

        var max = format == Format.Protobuf ? maxBytes : maxJsonBytes;
        if (await ReadAsync(context.Request, max, context.RequestAborted) is not { } body)
        {
            await Problem.BodyTooLarge.WriteAsync(context.Response, $"At most {max} bytes.");
            return null;
        }
        if (format == Format.Protobuf) return body;
        if (Json.TryRead(kind, Encoding.UTF8.GetString(body.Bytes.Span), out var translated))
        {
            body.Bytes = translated;
            return body;
        }
        body.Dispose();
        await Problem.MalformedBody.WriteAsync(context.Response, $"It is not a {kind} in JSON, where bytes are base64. {Problem.Described}");
        return null;
    }

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
